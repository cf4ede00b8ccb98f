// Reads imports out of source text. The compiler has no API for it since TypeScript 7, and formatted code needs no parser:
// a statement that imports begins its line, and a comment never begins with `import`.

import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'

/** One import, as it stands in a file. `typeOnly` ones leave no trace in the built code. */
export interface Import {
  readonly specifier: string
  readonly typeOnly: boolean
  readonly line: number
}

// import 'x' | import a from 'x' | import type { a } from 'x' | import a, { b } from 'x' | export * as a from 'x' …
const STATEMENT =
  /^(?:import|export)\s+(?<type>type\s+)?(?:(?:\w+\s*,?\s*)?(?:\{[^}]*\}|\*(?:\s+as\s+\w+)?)?\s*from\s+)?['"](?<specifier>[^'"\n]+)['"]/gm
// import('x') as a value, and as a type: typeof import('x'), import('x').Name
const CALL = /(?<typeof>typeof\s+)?\bimport\(\s*['"](?<specifier>[^'"\n]+)['"]\s*\)(?<member>\.[A-Z])?/g

/** Every import of a file, static, dynamic and in types. `import { type A }` counts as a value: it is kept when built. */
export function importsOf(text: string): Import[] {
  const code = text.replace(/^[ \t]*(?:\*|\/\*|\/\/).*$/gm, '')
  const found: Import[] = []
  for (const { groups, index } of code.matchAll(STATEMENT)) {
    found.push({ specifier: groups?.specifier ?? '', typeOnly: groups?.type !== undefined, line: lineAt(code, index) })
  }
  for (const { groups, index } of code.matchAll(CALL)) {
    const typeOnly = groups?.typeof !== undefined || groups?.member !== undefined
    found.push({ specifier: groups?.specifier ?? '', typeOnly, line: lineAt(code, index) })
  }
  return found
}

/** The library's own files under `folder`, without their tests, as sorted paths with "/" relative to it. */
export function sourceFiles(folder: string): string[] {
  return readdirSync(folder, { recursive: true, encoding: 'utf8' })
    .map((path) => path.replaceAll('\\', '/'))
    .filter((path) => path.endsWith('.ts') && !path.endsWith('.test.ts'))
    .sort()
}

/** README.md, ARCHITECTURE.md and docs/*.md of a checkout, as far as they exist: path and text. */
export function documents(root: string, names: readonly string[]): { path: string; text: string }[] {
  const inDocs = list(join(root, 'docs')).filter((name) => name.endsWith('.md'))
  const paths = [...names.filter((name) => list(root).includes(name)), ...inDocs.sort().map((name) => `docs/${name}`)]
  return paths.map((path) => ({ path, text: readFileSync(join(root, path), 'utf8') }))
}

export function lineAt(text: string, index: number): number {
  return text.slice(0, index).split('\n').length
}

function list(folder: string): string[] {
  try {
    return readdirSync(folder)
  } catch {
    return []
  }
}
