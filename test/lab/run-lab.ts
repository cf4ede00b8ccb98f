/**
 * Runs the lab as a person would: as a process of its own.
 *
 * In: arguments. Out: where it listens, what it said, and how it ended. The lab imports the library by name, so what is
 * tested is `dist`: `npm test` builds it first.
 */

import { type ChildProcess, spawn } from 'node:child_process'
import { existsSync, readdirSync, readFileSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'

const ROOT = fileURLToPath(new URL('../..', import.meta.url))

export interface Ended {
  readonly code: number | null
  readonly output: string
  readonly errors: string
}

export interface RunningLab {
  readonly origin: string
  readonly httpPort: number
  /** The certificate that a browser has to trust. */
  readonly ca: string
  readonly output: string
  /** As Ctrl-C does. */
  stop(): Promise<Ended>
}

/** Starts a lab on free ports and waits until it says where it is. */
export async function startLab(folder: string, args: readonly string[]): Promise<RunningLab> {
  const lab = launch(['--data', folder, '--port', '0', '--http-port', '0', ...args])
  const output = await lab.said(/Ctrl-C ends the lab/)
  const origin = /Open +(https:\S+)/.exec(output)?.[1] ?? ''
  const httpPort = Number(/Redirects +http:\/\/localhost:(\d+)/.exec(output)?.[1])
  const ca = readFileSync(join(folder, 'tls', 'authority.crt'), 'utf8')
  return {
    origin,
    httpPort,
    ca,
    output,
    stop() {
      lab.process.kill('SIGINT')
      return lab.ended
    },
  }
}

/** Runs the lab until it ends by itself. */
export function runLab(args: readonly string[], env: Record<string, string> = {}): Promise<Ended> {
  return launch(args, env).ended
}

/** Not built here: test files run side by side, and would build over one another's feet. */
export function requireFreshBuild(): void {
  const built = join(ROOT, 'dist', 'index.js')
  if (existsSync(built) && statSync(built).mtimeMs > newestSource()) return
  throw new Error(
    'Cannot test the lab: dist is missing or older than src. Run npm run build first, or npm test for all',
  )
}

function newestSource(): number {
  const files = readdirSync(join(ROOT, 'src'), { recursive: true, withFileTypes: true })
  return Math.max(
    ...files
      .filter((file) => file.isFile() && !file.name.endsWith('.test.ts'))
      .map((f) => statSync(join(f.parentPath, f.name)).mtimeMs),
  )
}

function launch(args: readonly string[], env: Record<string, string> = {}) {
  const { SESSION_SECRET, SESSION_SECRET_FILE, PORT, HTTP_PORT, ...inherited } = process.env
  const child: ChildProcess = spawn(process.execPath, ['--import', 'tsx', 'lab/main.ts', ...args], {
    cwd: ROOT,
    env: { ...inherited, ...env },
  })
  let output = ''
  let errors = ''
  let heard = () => {}
  child.stdout?.on('data', (chunk) => {
    output += chunk
    heard()
  })
  child.stderr?.on('data', (chunk) => {
    errors += chunk
  })
  const ended = new Promise<Ended>((resolve) => {
    child.once('close', (code) => resolve({ code, output, errors }))
  })
  const said = (text: RegExp) =>
    new Promise<string>((resolve, reject) => {
      heard = () => text.test(output) && resolve(output)
      heard()
      ended.then(() => reject(new Error(`The lab ended before it said ${text}: ${output}${errors}`)))
    })
  return { process: child, ended, said }
}
