/**
 * How long requests are held up while a store removes what has ended.
 *
 * In: a backend whose large store has sessions that live and many that have ended. Out: the longest wait of a request in
 * the process that sweeps and, where processes share a file, in another one; and the same without a sweep, which is what
 * this machine does to a request anyway.
 *
 * @module
 */
import { fork } from 'node:child_process'
import { once } from 'node:events'
import { join } from 'node:path'
import { setTimeout } from 'node:timers/promises'
import type { Backend } from './backend.ts'
import { type Held, probe } from './probe.ts'

/** Milliseconds of requests without a sweep, for comparison. */
const QUIET = 20_000

export interface Swept {
  readonly removed: number
  readonly seconds: number
  readonly here: Held
  readonly elsewhere: Held | null
  readonly quiet: { readonly here: Held; readonly elsewhere: Held | null }
}

/** The sessions from 0 to `living` - 1 are live, and stay. */
export async function sweepUnderRequests(backend: Backend, living: number): Promise<Swept | null> {
  const store = backend.stores.large
  if (store.sweep === undefined) return null
  const half = Math.floor(living / 2)
  const other = backend.file === undefined ? null : await startProbe(backend.file, half, half)

  async function during<Answer>(work: Promise<Answer>): Promise<[Answer, Held, Held | null]> {
    let over = false
    const probing = probe(store, { from: 0, count: half }, () => over)
    const answer = await work.finally(() => {
      over = true
    })
    return [answer, await probing, (await other?.report()) ?? null]
  }

  try {
    const [, quietHere, quietElsewhere] = await during(setTimeout(QUIET))
    const started = performance.now()
    const [removed, here, elsewhere] = await during(store.sweep(Date.now()))
    const seconds = (performance.now() - started) / 1000
    return { removed, seconds, here, elsewhere, quiet: { here: quietHere, elsewhere: quietElsewhere } }
  } finally {
    other?.end()
  }
}

async function startProbe(file: string, from: number, count: number) {
  const script = join(import.meta.dirname, 'probe-process.ts')
  const child = fork(script, [file, String(from), String(count)], { execArgv: ['--import', 'tsx'] })
  await once(child, 'message')
  return {
    async report(): Promise<Held> {
      const reported = once(child, 'message')
      child.send('report')
      const [held] = await reported
      return held
    },
    end: () => child.disconnect(),
  }
}
