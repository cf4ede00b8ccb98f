/**
 * What the lab says when it cannot start.
 */

import { mkdtempSync, rmSync } from 'node:fs'
import type { AddressInfo } from 'node:net'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { readArguments } from '../../lab/args.ts'
import { requireFreshBuild, runLab } from './run-lab.ts'

describe('the arguments of the lab', () => {
  it('are all optional', () => {
    const asked = readArguments([], {})
    expect(asked).toMatchObject({
      type: 'run',
      settings: { mode: 'stored', store: 'sqlite', port: 8443, httpPort: 8080 },
    })
  })

  it('may come from the environment, and the command line wins', () => {
    const env = { PORT: '1111', HTTP_PORT: '2222' }
    expect(readArguments([], env)).toMatchObject({ settings: { port: 1111, httpPort: 2222 } })
    expect(readArguments(['--port', '0', '--http-port=0'], env)).toMatchObject({ settings: { port: 0, httpPort: 0 } })
    expect(readArguments([], { PORT: '' })).toMatchObject({ settings: { port: 8443 } })
  })

  it.each([
    [['--mode', 'magic'], {}, 'Cannot use --mode "magic": it is one of stored, sealed'],
    [['--store', 'redis'], {}, 'Cannot use --store "redis": it is one of sqlite, memory, file'],
    [['--port', '80a'], {}, 'Cannot use --port "80a": a port is a whole number from 0 to 65535'],
    [['--port', '65536'], {}, 'Cannot use --port "65536": a port is a whole number from 0 to 65535'],
    [[], { HTTP_PORT: '-1' }, 'Cannot use HTTP_PORT "-1": a port is a whole number from 0 to 65535'],
    [['--port', '8080'], {}, 'Cannot serve https and http on one port: both are 8080. Choose another with --http-port'],
  ])('%j with %j are refused by name', (args, env, message) => {
    expect(readArguments(args, env)).toEqual({ type: 'wrong', message })
  })

  it.each([[['--colour', 'red']], [['serve']], [['--port']]])('%j are refused', (args) => {
    expect(readArguments(args, {}).type).toBe('wrong')
  })
})

describe('the lab, when it cannot start', () => {
  const folder = mkdtempSync(join(tmpdir(), 'sojourn-lab-'))
  const taken = createServer()

  beforeAll(async () => {
    requireFreshBuild()
    await new Promise<void>((resolve) => taken.listen(0, 'localhost', resolve))
  }, 60_000)

  afterAll(() => {
    taken.close()
    rmSync(folder, { recursive: true, force: true })
  })

  it('ends with 2 and a hint at --help for arguments it does not know', async () => {
    const { code, errors, output } = await runLab(['--mode', 'magic'])
    expect([code, output]).toEqual([2, ''])
    expect(errors).toBe('Cannot use --mode "magic": it is one of stored, sealed\nSee npm start -- --help\n')
  })

  it('ends with 0 and its options for --help', async () => {
    const { code, output } = await runLab(['--help'])
    expect(code).toBe(0)
    expect(output).toContain('--http-port NUMBER')
  })

  it('ends with 1 and names the port and the option where a port is taken', async () => {
    const { port } = taken.address() as AddressInfo
    const first = await runLab(['--data', folder, '--port', String(port), '--http-port', '0'])
    expect(first.code).toBe(1)
    expect(first.errors).toBe(
      `Cannot listen on port ${port}: another program uses it. End that one, or choose a port with --port\n`,
    )
    const second = await runLab(['--data', folder, '--port', '0', '--http-port', String(port)])
    expect([second.code, second.errors.includes('--http-port')]).toEqual([1, true])
  }, 60_000)

  it('ends with 1 and says what is wrong with a secret, without showing it', async () => {
    const { code, errors } = await runLab(['--data', folder, '--port', '0', '--http-port', '0'], {
      SESSION_SECRET: 'hush-hush',
    })
    expect(code).toBe(1)
    expect(errors).toContain('at least 32')
    expect(errors).not.toContain('hush')
  }, 60_000)
})
