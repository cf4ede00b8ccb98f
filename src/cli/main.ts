#!/usr/bin/env node
/**
 * The command line: `sojourn <command>`.
 *
 * In: arguments. Out: what was asked for on stdout, everything else on stderr; exit 0, or 2 for a call that cannot be
 * understood. Must not know: what a command does.
 *
 * @module
 */

import { readFileSync } from 'node:fs'
import { parseArgs } from 'node:util'
import { secretCommand } from './secret.ts'

const USAGE = `Usage:
  sojourn secret          print a new secret
  sojourn secret --env    print it as SESSION_SECRET=…
  sojourn --version       print the version
  sojourn --help          print this

Example:
  npx sojourn secret --env >> .env
`

const FLAGS = {
  env: { type: 'boolean' },
  help: { type: 'boolean', short: 'h' },
  version: { type: 'boolean', short: 'v' },
} as const

function main(): void {
  const call = understand()
  if ('problem' in call) {
    process.stderr.write(`sojourn: ${call.problem}\n\n${USAGE}`)
    process.exitCode = 2
  } else if (call.help) {
    process.stdout.write(USAGE)
  } else if (call.version) {
    process.stdout.write(`${ownVersion()}\n`)
  } else {
    const { stdout, warnings } = secretCommand({ env: call.env === true, cwd: process.cwd() })
    for (const warning of warnings) process.stderr.write(`sojourn: ${warning}\n`)
    process.stdout.write(stdout)
  }
}

function understand(): { problem: string } | { help?: boolean; version?: boolean; env?: boolean } {
  let parsed: ReturnType<typeof parse>
  try {
    parsed = parse()
  } catch (error) {
    return { problem: error instanceof Error ? error.message : String(error) }
  }
  const { values, positionals } = parsed
  if (values.help || (values.version && positionals.length === 0)) return values
  const [command, ...rest] = positionals
  if (command === undefined) return { problem: 'a command is missing' }
  if (command !== 'secret') return { problem: `there is no command "${command}"` }
  if (rest.length > 0) return { problem: `"secret" takes no argument, and got "${rest.join(' ')}"` }
  return values
}

function parse() {
  return parseArgs({ options: FLAGS, allowPositionals: true, strict: true })
}

/** Two folders up from src/cli and from dist/cli alike. */
function ownVersion(): string {
  const manifest: unknown = JSON.parse(readFileSync(new URL('../../package.json', import.meta.url), 'utf8'))
  return String((manifest as { version: unknown }).version)
}

main()
