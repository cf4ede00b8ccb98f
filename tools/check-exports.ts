// The path is the import: package.json, the files and the documents must name the same entrances, both ways.

import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { report } from './lib/report.ts'
import { documents, lineAt, sourceFiles } from './lib/sources.ts'

const root = process.argv[2] ?? '.'
const manifest: { name: string; exports: Record<string, unknown>; bin?: Record<string, string> } = JSON.parse(
  readFileSync(join(root, 'package.json'), 'utf8'),
)
const problems: string[] = []
const exported = new Set<string>()

for (const [key, target] of Object.entries(manifest.exports)) {
  if (key === './package.json') continue
  const path = manifest.name + key.slice(1)
  exported.add(path)
  for (const problem of badTarget(path, target)) problems.push(`package.json exports "${key}": ${problem}`)
}

for (const [name, target] of Object.entries(manifest.bin ?? {})) {
  const source = sourceOf(target, '.js')
  if (!source || !existsSync(join(root, source))) problems.push(`package.json bin "${name}": no source for ${target}`)
  else if (!readFileSync(join(root, source), 'utf8').startsWith('#!/usr/bin/env node\n')) {
    problems.push(`${source}: a command must start with #!/usr/bin/env node`)
  }
}

const mentioned = new Set<string>()
const texts = documents(root, ['README.md', 'ARCHITECTURE.md'])
for (const { path, text } of texts) {
  // In quotes as in an import, or in backticks as in a sentence.
  for (const { 1: name = '', index } of text.matchAll(/['"`](sojourn(?:\/[\w.-]+)*)['"`]/g)) {
    mentioned.add(name)
    if (!exported.has(name)) problems.push(`${path}:${lineAt(text, index)}: "${name}" is not exported by package.json`)
  }
}
for (const path of exported) {
  if (!mentioned.has(path)) problems.push(`"${path}" is exported and no document mentions it`)
}

for (const file of sourceFiles(join(root, 'src'))) {
  const text = readFileSync(join(root, 'src', file), 'utf8')
  for (const { index } of text.matchAll(/^export\s+\*/gm)) {
    problems.push(`src/${file}:${lineAt(text, index)}: "export *" makes every name public for ever; list them`)
  }
}

report('check-exports', `${exported.size} entrances and ${texts.length} documents`, problems)

/** An entrance has types first (the first condition that fits wins) and a default, built from the file its path names. */
function badTarget(path: string, target: unknown): string[] {
  if (typeof target !== 'object' || target === null || Object.keys(target).join() !== 'types,default') {
    return ['a target is { "types": …, "default": … }, in this order']
  }
  const bad: string[] = []
  for (const [condition, suffix] of [['types', '.d.ts'] as const, ['default', '.js'] as const]) {
    const file = String((target as Record<string, unknown>)[condition])
    const source = sourceOf(file, suffix)
    if (!source) bad.push(`${condition} must be ./dist/…${suffix}, and is ${file}`)
    else if (!existsSync(join(root, source))) bad.push(`${condition} is ${file}, and there is no ${source}`)
    else if (pathOf(source) !== path) bad.push(`${source} is the import "${pathOf(source)}"`)
    else if (existsSync(join(root, 'dist')) && !existsSync(join(root, file))) bad.push(`${file} was not built`)
  }
  return bad
}

function sourceOf(file: string, suffix: string): string | undefined {
  if (!file.startsWith('./dist/') || !file.endsWith(suffix)) return undefined
  return `src/${file.slice('./dist/'.length, -suffix.length)}.ts`
}

/** src/x/y.ts is sojourn/x/y, src/x/index.ts is sojourn/x, src/adapter/z.ts is sojourn/z. */
function pathOf(source: string): string {
  const inside = source.slice('src/'.length, -'.ts'.length).replace(/^adapter\//, '')
  return `${manifest.name}/${inside}`.replace(/\/index$/, '')
}
