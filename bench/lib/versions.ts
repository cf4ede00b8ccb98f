/**
 * The versions of everything that took part.
 *
 * @module
 */
import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'

const BENCH = join(import.meta.dirname, '..')
const ROOT = join(BENCH, '..')
const FRAMEWORKS = [
  'express',
  'hono',
  '@hono/node-server',
  'ioredis',
  'redis',
  'pg',
  '@photostructure/sqlite',
  'cookie',
]

/** Name -> version, of the peers and of what both sides stand on. */
export function versionsOf(): Readonly<Record<string, string>> {
  const own = JSON.parse(readFileSync(join(BENCH, 'package.json'), 'utf8')).dependencies as Record<string, string>
  const found = [
    ...Object.keys(own).map((name) => [name, installed(name, BENCH)]),
    ...FRAMEWORKS.map((name) => [name, installed(name, ROOT)]),
  ]
  const runtime = Object.fromEntries(['node', 'v8', 'openssl'].map((name) => [name, process.versions[name] ?? '']))
  return { ...runtime, ...Object.fromEntries(found.sort()) }
}

function installed(name: string, folder: string): string {
  const path = join(folder, 'node_modules', name, 'package.json')
  return existsSync(path) ? JSON.parse(readFileSync(path, 'utf8')).version : 'not installed'
}
