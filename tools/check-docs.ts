// An example that does not work is worse than none: every ```ts block of the documents compiles against the built package
// by its name, and runs to its end unless it says `no-run`.

import { execFile } from 'node:child_process'
import { randomBytes } from 'node:crypto'
import { existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { availableParallelism } from 'node:os'
import { join, resolve } from 'node:path'
import { type Block, blocksOf } from './lib/blocks.ts'
import { report } from './lib/report.ts'
import { documents } from './lib/sources.ts'

/** A block that still runs after this long waits for something: it needs an end of its own, or `no-run`. */
const MOST_MS = 20_000

const root = resolve('.')
const texts = documents(root, ['README.md'])
const found = texts.map(({ path, text }) => blocksOf(path, text))
const problems = found.flatMap((one) => one.problems)
const blocks = found.flatMap((one) => one.blocks).map((block, at) => ({ block, name: `block-${at + 1}` }))

// Inside the checkout, or the package could not be imported by its own name.
const folder = mkdtempSync(join(root, '.check-docs-'))
process.on('exit', () => rmSync(folder, { recursive: true, force: true }))
process.on('SIGINT', () => process.exit(130))

if (!existsSync(join(root, 'dist'))) problems.push('there is no dist/; run "npm run build" first')
else if (blocks.length > 0) {
  const broken = await compile()
  const runnable = blocks.filter(({ block, name }) => block.runs && !broken.has(name))
  await Promise.all(Array.from({ length: availableParallelism() }, () => work(runnable)))
}
const running = blocks.filter(({ block }) => block.runs).length
report('check-docs', `${blocks.length} blocks of ${texts.length} documents, ${running} of them to run`, problems)

/** One run of the compiler for all blocks, to JavaScript with source maps. Returns the names of those with errors. */
async function compile(): Promise<Set<string>> {
  for (const { block, name } of blocks) {
    // Without an import or export of its own a block would share its names with the others.
    const text = `${block.lines.map((line) => line.text).join('\n')}\nexport {}\n`
    writeFileSync(join(folder, `${name}.ts`), text)
  }
  const compilerOptions = {
    noEmit: false,
    allowImportingTsExtensions: false,
    sourceMap: true,
    outDir: 'out',
    rootDir: '.',
  }
  writeFileSync(
    join(folder, 'tsconfig.json'),
    JSON.stringify({ extends: '../tsconfig.json', compilerOptions, include: ['*.ts'] }),
  )
  const tsc = join(root, 'node_modules/typescript/bin/tsc')
  const { failed, output } = await node([tsc, '--pretty', 'false', '-p', folder])
  const broken = new Set(blocks.map(({ name }) => name).filter((name) => output.includes(`${name}.ts(`)))
  if (failed) problems.push(`does not compile:\n${indented(located(output))}`)
  return broken
}

async function work(queue: typeof blocks): Promise<void> {
  for (let next = queue.shift(); next; next = queue.shift()) {
    const { block, name } = next
    const { failed, output } = await node(['--enable-source-maps', join(folder, 'out', `${name}.js`)])
    if (failed) problems.push(`${block.path}:${block.line}: ${failed}\n${indented(located(output))}`)
  }
}

/** Runs Node in the folder. `failed` says how, in words; the output is what it printed. */
function node(args: string[]): Promise<{ failed?: string; output: string }> {
  const env = { ...process.env, SESSION_SECRET: randomBytes(32).toString('base64url') }
  return new Promise((done) => {
    execFile(
      process.execPath,
      args,
      { cwd: folder, env, timeout: MOST_MS, killSignal: 'SIGKILL', maxBuffer: 16 * 1024 * 1024 },
      (error, stdout, stderr) => {
        const output = `${stdout}${stderr}`
        if (!error) done({ output })
        else if (error.killed) done({ failed: `does not end within ${MOST_MS / 1000} s`, output })
        else done({ failed: `ends with ${error.signal ?? `exit code ${error.code}`}`, output })
      },
    )
  })
}

/** Puts the document's own lines in the place of the temporary file's, in compiler errors and stack traces. */
function located(output: string): string {
  // block-1.ts(5,3) as the compiler writes it, …/out/block-1.ts:5:3 as a stack trace does.
  const place = /(?:[^\s()'"]*\/)?(block-\d+)\.[tj]s(?:\((\d+),\d+\)|:(\d+):\d+)/g
  return output.replace(place, (whole, name: string, inCompiler?: string, inTrace?: string) => {
    const block: Block | undefined = blocks.find((one) => one.name === name)?.block
    const at = block?.lines[Number(inCompiler ?? inTrace) - 1]?.line
    return block && at !== undefined ? `${block.path}:${at}` : whole
  })
}

function indented(output: string): string {
  return output.trim().replace(/^/gm, '    ')
}
