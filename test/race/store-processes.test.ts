import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { describe, expect, onTestFinished, test } from 'vitest'
import { countOf, openStore, sharedKinds, uncounted } from '../support/counting.ts'
import { temporaryFolder } from '../support/folders.ts'

// The short form; the long one is 20 kills and 10,000 writes.
const PROCESSES = Number(process.env.SOJOURN_RACE_PROCESSES ?? 3)
const WRITES = Number(process.env.SOJOURN_RACE_WRITES ?? 40)
const KILLS = Number(process.env.SOJOURN_RACE_KILLS ?? 3)
const PATIENCE = 30_000 + PROCESSES * WRITES * 20 + KILLS * WRITES * 100

interface Hammer {
  readonly child: ChildProcess
  readonly acknowledged: number[]
  go(): void
  /** Resolves once so many writes were acknowledged, or the process has ended. */
  reached(writes: number): Promise<void>
  /** Resolves with its last word when it has ended; `killed` where it had none. */
  readonly ended: Promise<string>
}

async function startHammer(kind: string, place: string, writes: number, pause = 0): Promise<Hammer> {
  const script = join(import.meta.dirname, '../support/hammer.ts')
  const child = spawn(
    process.execPath,
    ['--import', 'tsx', script, kind, place, 'key', String(writes), String(pause)],
    {
      stdio: ['pipe', 'pipe', 'inherit'],
    },
  )
  onTestFinished(() => {
    child.kill('SIGKILL')
  })
  // A process that died early shows in its last word; here it only matters that nobody reads what it is told.
  child.stdin.on('error', () => {})
  const lines = createInterface({ input: child.stdout })
  const acknowledged: number[] = []
  let word = 'killed'
  lines.on('line', (line) => {
    if (/^[0-9]+$/.test(line)) acknowledged.push(Number(line))
    else if (line === 'gone' || line === 'finished') word = line
  })
  const closed = once(lines, 'close')
  const ready = once(lines, 'line')
  await Promise.race([ready, closed])
  return {
    child,
    acknowledged,
    go: () => child.stdin.write('go\n'),
    async reached(count) {
      const over = closed.then(() => 'over')
      while (acknowledged.length < count) if ((await Promise.race([once(lines, 'line'), over])) === 'over') return
    },
    ended: closed.then(() => word),
  }
}

function startHammers(kind: string, place: string, writes: number, pause = 0): Promise<Hammer[]> {
  return Promise.all(Array.from({ length: PROCESSES }, () => startHammer(kind, place, writes, pause)))
}

function acknowledgedBy(hammers: readonly Hammer[]): number[] {
  return hammers.flatMap(({ acknowledged }) => acknowledged).sort((one, other) => one - other)
}

function versions(from: number, to: number): number[] {
  return Array.from({ length: to - from + 1 }, (_, n) => from + n)
}

describe.each(sharedKinds)('%s', (kind) => {
  const newPlace = () => join(temporaryFolder(), 'store')

  async function begin(place = newPlace()) {
    const store = openStore(kind, place)
    expect(await store.create('key', uncounted, 0)).toBe(true)
    return { place, store }
  }

  test('processes that count together lose no acknowledged write and make none twice', {
    timeout: PATIENCE,
  }, async () => {
    // All of them open a place where nothing is yet.
    const place = newPlace()
    // SQLite gives no turns: without a gap now and then one of them waits longer for the others than it is told to.
    const hammers = await startHammers(kind, place, WRITES, kind.startsWith('sqlite') ? 1 : 0)
    const { store } = await begin(place)
    for (const hammer of hammers) hammer.go()
    expect(await Promise.all(hammers.map(({ ended }) => ended))).toEqual(hammers.map(() => 'finished'))
    const entry = await store.find('key')
    expect(acknowledgedBy(hammers)).toEqual(versions(2, 1 + PROCESSES * WRITES))
    expect(entry?.version).toBe(1 + PROCESSES * WRITES)
    expect(countOf(entry)).toBe(PROCESSES * WRITES)
  })

  test('a bury in the middle ends it for all of them', { timeout: PATIENCE }, async () => {
    const { place, store } = await begin()
    const hammers = await startHammers(kind, place, Number.MAX_SAFE_INTEGER, 1)
    for (const hammer of hammers) hammer.go()
    await Promise.all(hammers.map(({ reached }) => reached(3)))
    await store.bury('key', 'successor', Number.MAX_SAFE_INTEGER, 0)
    const grave = await store.find('key')
    expect(grave).toMatchObject({ value: 'successor', grave: true })
    expect(await Promise.all(hammers.map(({ ended }) => ended))).toEqual(hammers.map(() => 'gone'))
    expect(await store.find('key')).toEqual(grave)
    expect(acknowledgedBy(hammers)).toEqual(versions(2, grave?.version ?? 0))
  })

  test('kill -9 in the middle of writes loses no acknowledged write and leaves none by half', {
    timeout: PATIENCE,
  }, async () => {
    const { place, store } = await begin()
    const steady = await startHammer(kind, place, Number.MAX_SAFE_INTEGER, 1)
    steady.go()
    const killed: Hammer[] = []
    for (let kill = 0; kill < KILLS; kill++) {
      const hammer = await startHammer(kind, place, Number.MAX_SAFE_INTEGER)
      killed.push(hammer)
      hammer.go()
      await hammer.reached(1 + Math.ceil(WRITES / (kill + 1)))
      hammer.child.kill('SIGKILL')
      expect(await hammer.ended).toBe('killed')
      expect(countOf(await store.find('key'))).toBeGreaterThanOrEqual((hammer.acknowledged.at(-1) ?? 0) - 1)
    }
    await steady.reached(steady.acknowledged.length + 5)
    await store.bury('key', '', Number.MAX_SAFE_INTEGER, 0)
    expect(await steady.ended).toBe('gone')
    const told = acknowledgedBy([steady, ...killed])
    const last = (await store.find('key'))?.version ?? 0
    const heard = new Set(told)
    expect(heard.size).toBe(told.length)
    // At most the one write of each killed process that was under way was made without a word.
    const untold = versions(2, last).filter((version) => !heard.has(version))
    expect(untold.length).toBeLessThanOrEqual(KILLS)
    expect(told.length + untold.length).toBe(last - 1)
  })
})
