// Rooms must not grow into each other: imports inside src/ point one way, and out of it only to what is declared.

import { readFileSync } from 'node:fs'
import { join, posix } from 'node:path'
import { report } from './lib/report.ts'
import { type Import, importsOf, sourceFiles } from './lib/sources.ts'

/** A room may import rooms of a lower rank. Those of one rank do not know each other. */
const RANK: Readonly<Record<string, number>> = Object.fromEntries(
  [
    ['lib'],
    ['cookie', 'crypto', 'record', 'store', 'csrf', 'https'],
    ['transport'],
    ['session'],
    ['auth'],
    ['adapter'],
  ].flatMap((rooms, rank) => rooms.map((room) => [room, rank])),
)

/** Outermost: they may import anything, and nothing imports them. */
const OUTERMOST = ['index.ts', 'testing', 'cli']

/** What the built code may load, and from where. */
const RUNTIME: Readonly<Record<string, string>> = {
  cookie: '',
  'proxy-addr': 'https/proxies.ts',
  '@node-rs/argon2': 'auth/load-argon2.ts',
}

/** A store takes its client by shape: not even the types of a driver come in. */
const DRIVER =
  /^(?:node:sqlite|pg|pg-.*|postgres|mysql2?|mariadb|redis|ioredis|iovalkey|better-sqlite3|sqlite3?|libsql|mongodb|memcached|memjs|@libsql\/.*|@redis\/.*|@photostructure\/sqlite|@aws-sdk\/.*|@planetscale\/.*|@neondatabase\/.*|@electric-sql\/.*)(?:\/.*)?$/

const root = process.argv[2] ?? '.'
const files = sourceFiles(join(root, 'src'))
const problems: string[] = []
let count = 0

for (const file of files) {
  if (!isPlaced(file)) problems.push(`src/${file}: this room has no rank; give it one in tools/check-arrows.ts`)
  for (const found of importsOf(readFileSync(join(root, 'src', file), 'utf8'))) {
    count += 1
    const problem = found.specifier.startsWith('.') ? badArrow(file, found) : badPackage(file, found)
    if (problem) problems.push(`src/${file}:${found.line}: imports "${found.specifier}": ${problem}`)
  }
}
report('check-arrows', `${count} imports of ${files.length} files`, problems)

/** The folder of a file directly under src/, or its own name. */
function roomOf(file: string): string {
  return file.split('/', 1)[0] ?? file
}

function isPlaced(file: string): boolean {
  const room = roomOf(file)
  return room in RANK || OUTERMOST.includes(room) || file === 'errors.ts' || file === 'secret.ts'
}

function badArrow(file: string, { specifier, typeOnly }: Import): string | undefined {
  const target = posix.join(posix.dirname(file), specifier)
  if (!files.includes(target)) return 'there is no such file in src/ (tests are nobody’s import)'
  const [from, to] = [roomOf(file), roomOf(target)]
  if (file === 'errors.ts') return 'errors.ts imports nothing'
  if (from === to) return undefined
  if (OUTERMOST.includes(to)) return `nothing imports ${to}`
  if (OUTERMOST.includes(from) || to === 'errors.ts') return undefined
  if (from === 'secret.ts') return to === 'lib' ? undefined : 'secret.ts imports errors.ts, lib and node only'
  if (from === 'transport' && to === 'store') {
    return target === 'store/store.ts' && typeOnly
      ? undefined
      : 'transport takes only types, and from store/store.ts only'
  }
  // secret.ts reads files and the environment: for those who configure, not for those who seal.
  const [fromRank, toRank] = [RANK[from] ?? -1, to === 'secret.ts' ? 2 : (RANK[to] ?? Number.POSITIVE_INFINITY)]
  if (toRank < fromRank) return undefined
  return toRank === fromRank ? `${from} and ${to} are of one rank` : `${to} lies above ${from}`
}

function badPackage(file: string, { specifier, typeOnly }: Import): string | undefined {
  if (DRIVER.test(specifier)) return 'a database driver; describe the part you need as an interface'
  if (file === 'errors.ts') return 'errors.ts imports nothing'
  if (typeOnly || specifier.startsWith('node:')) return undefined
  const only = RUNTIME[specifier]
  if (only === undefined) return `not a declared runtime dependency (${Object.keys(RUNTIME).join(', ')})`
  return only === '' || only === file ? undefined : `only src/${only} does`
}
