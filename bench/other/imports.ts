/**
 * What an import costs: the time until it is there, and what it brings along.
 *
 * Each time in a fresh node, in turns with one that imports nothing; the difference is the import's. The size is that of the
 * files themselves and of all they import from this package and from `cookie`, comments and all, as they are published.
 *
 * @module
 */
import { execFile } from 'node:child_process'
import { readFileSync, statSync } from 'node:fs'
import { createRequire } from 'node:module'
import { dirname, join } from 'node:path'
import { promisify } from 'node:util'
import { gzipSync } from 'node:zlib'
import { type Spread, spreadOf } from '../lib/stats.ts'

const DIST = join(import.meta.dirname, '../../dist')

const IMPORTS: readonly (readonly [name: string, file: string])[] = [
  ['sojourn', 'index.js'],
  ['sojourn/web', 'adapter/web.js'],
  ['sojourn/node', 'adapter/node.js'],
  ['sojourn/express', 'adapter/express.js'],
  ['sojourn/hono', 'adapter/hono.js'],
  ['sojourn/auth', 'auth/index.js'],
  ['sojourn/store/memory', 'store/memory.js'],
  ['sojourn/store/file', 'store/file.js'],
  ['sojourn/store/sqlite', 'store/sqlite.js'],
  ['sojourn/store/postgres', 'store/postgres.js'],
  ['sojourn/store/mysql', 'store/mysql.js'],
  ['sojourn/store/redis', 'store/redis.js'],
  ['sojourn/store/dynamodb', 'store/dynamodb.js'],
]

export interface Imported {
  readonly name: string
  readonly millis: Spread
  readonly files: number
  readonly bytes: number
  readonly gzipped: number
}

export async function measureImports(rounds: number, onProgress: (share: number) => void): Promise<Imported[]> {
  const millis = IMPORTS.map((): number[] => [])
  for (let round = 0; round < rounds; round++) {
    const nothing = await start(null)
    for (const [n, [, file]] of IMPORTS.entries()) millis[n]?.push((await start(file)) - nothing)
    onProgress((round + 1) / rounds)
  }
  return IMPORTS.map(([name, file], n) => {
    const files = [...reached(join(DIST, file))]
    const texts = files.map((path) => readFileSync(path))
    return {
      name,
      millis: spreadOf(millis[n] ?? []),
      files: files.length,
      bytes: files.reduce((sum, path) => sum + statSync(path).size, 0),
      gzipped: gzipSync(Buffer.concat(texts)).length,
    }
  })
}

/** Milliseconds of processor time of a node that imports it and ends. */
async function start(file: string | null): Promise<number> {
  const work = file === null ? '' : `await import(${JSON.stringify(`file://${join(DIST, file)}`)});`
  const script = `${work}const { user, system } = process.cpuUsage(); console.log((user + system) / 1000)`
  const { stdout } = await promisify(execFile)(process.execPath, ['--input-type=module', '-e', script])
  return Number(stdout)
}

function reached(entry: string, seen: Set<string> = new Set()): Set<string> {
  if (seen.has(entry)) return seen
  seen.add(entry)
  for (const [, specifier = ''] of readFileSync(entry, 'utf8').matchAll(/(?:from|import)\s+['"]([^'"]+)['"]/g)) {
    if (specifier.startsWith('.')) reached(join(dirname(entry), specifier), seen)
    else if (specifier === 'cookie') reached(createRequire(entry).resolve(specifier), seen)
  }
  return seen
}
