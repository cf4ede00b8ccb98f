/**
 * A database server of the test's own: on a free port of this machine, in a folder that goes with it.
 *
 * In: the command that starts it and a way to ask whether it answers. Out: the port, and the switch. Must not know
 * which server it is.
 *
 * @module
 */
import { type ChildProcess, spawn } from 'node:child_process'
import { randomInt } from 'node:crypto'
import { once } from 'node:events'
import { existsSync } from 'node:fs'
import { createServer } from 'node:net'
import { delimiter, join } from 'node:path'
import { setTimeout } from 'node:timers/promises'

export interface ServerCommand {
  readonly program: string
  readonly args: readonly string[]
  /** Rejects while the server does not answer yet. */
  ping(): Promise<unknown>
}

export interface ServerProcess {
  /** `kill -9`; resolves when the process is gone. */
  kill(): Promise<void>
  /** Starts it again on the same folder and port; resolves when it answers. */
  start(): Promise<void>
  /** Lets it end by itself, after the signal. */
  stop(signal: NodeJS.Signals): Promise<void>
}

const PATIENCE = 30_000

/** The server of `command`, up and answering. */
export async function startServer({ program, args, ping }: ServerCommand): Promise<ServerProcess> {
  let child: ChildProcess | null = null
  process.on('exit', () => child?.kill('SIGKILL'))

  async function end(signal: NodeJS.Signals): Promise<void> {
    const ending = child
    if (ending === null) return
    child = null
    if (ending.exitCode !== null || ending.signalCode !== null) return
    ending.kill(signal)
    await once(ending, 'exit')
  }

  async function start(): Promise<void> {
    let said = ''
    const until = Date.now() + PATIENCE
    while (Date.now() < until) {
      // After kill -9 it may refuse to start for a moment: workers of the one before are still on their way out.
      if (child === null || child.exitCode !== null) {
        child = spawn(program, args, { stdio: ['ignore', 'pipe', 'pipe'], cwd: '/' })
        const listen = (text: Buffer) => {
          said = (said + text).slice(-2_000)
        }
        child.stdout?.on('data', listen)
        child.stderr?.on('data', listen)
      }
      const answered = await ping().then(
        () => true,
        () => false,
      )
      if (answered) return
      await setTimeout(25)
    }
    throw new Error(`${program} did not answer within ${PATIENCE} ms. Its last words: ${said}`)
  }

  await start()
  return { kill: () => end('SIGKILL'), start, stop: end }
}

/**
 * A port that nobody had a moment ago. Not one that the system gives to those who ask for any: between this look and the
 * start of a server, somebody would get it now and then. So would who looks here at the same time: this process hands out none
 * twice, and each process looks in a range that others seldom share.
 */
export async function freePort(): Promise<number> {
  const first = FIRST_PORT + (process.pid % RANGES) * RANGE
  for (;;) {
    if (handedOut.size === RANGE) handedOut.clear()
    const port = randomInt(first, first + RANGE)
    if (handedOut.has(port)) continue
    handedOut.add(port)
    if (await isFree(port)) return port
  }
}

const handedOut = new Set<number>()

/** Below what Linux hands out; a node of a Redis cluster takes none above 55535. */
const [FIRST_PORT, RANGES, RANGE] = [12_000, 20, 1_000]

async function isFree(port: number): Promise<boolean> {
  const server = createServer().listen(port, '127.0.0.1')
  const free = await once(server, 'listening').then(
    () => true,
    () => false,
  )
  if (!free) return false
  server.close()
  await once(server, 'close')
  return true
}

/** The path of a program, in these folders, in PATH, or where Debian keeps servers. */
export function findProgram(name: string, folders: readonly string[] = []): string | null {
  const places = [...folders, ...(process.env.PATH ?? '').split(delimiter), '/usr/sbin']
  return places.map((place) => join(place, name)).find((path) => existsSync(path)) ?? null
}

/** Says in one line what cannot be tested here. On CI, which installs everything, that is a failure. */
export function leftOut(what: string): null {
  const line = `left out: ${what}, which is not installed here`
  if (process.env.CI === 'true') throw new Error(line)
  console.log(line)
  return null
}
