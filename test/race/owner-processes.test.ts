import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { describe, expect, onTestFinished, test } from 'vitest'
import type { OwnerIndex, Store, Sweepable } from '../../src/store/store.ts'
import { hasPower } from '../../src/testing/store-case.ts'
import { openStore, sharedKinds } from '../support/counting.ts'
import { temporaryFolder } from '../support/folders.ts'

const PROCESSES = Number(process.env.SOJOURN_RACE_PROCESSES ?? 3)
/** Every listing reads all that was created so far: what takes ten times as much takes a hundred times as long. */
const TIMES = Number(process.env.SOJOURN_RACE_OWNED ?? 20)
const PATIENCE = 30_000 + PROCESSES * TIMES * 200
const OWNER = 'ada'

/** A process that is ready to begin. `said` grows as it speaks. */
async function start(kind: string, place: string, work: 'raise' | 'create', name: string) {
  const script = join(import.meta.dirname, '../support/owner-hammer.ts')
  const args = ['--import', 'tsx', script, kind, place, OWNER, work, String(TIMES), name]
  const child = spawn(process.execPath, args, { stdio: ['pipe', 'pipe', 'inherit'] })
  onTestFinished(() => {
    child.kill('SIGKILL')
  })
  const lines = createInterface({ input: child.stdout })
  const said: string[] = []
  await once(lines, 'line')
  lines.on('line', (line) => said.push(line))
  const ended = once(lines, 'close')
  return { said, ended, go: () => child.stdin.write('go\n') }
}

function startAll(kind: string, place: string, work: 'raise' | 'create') {
  return Promise.all(Array.from({ length: PROCESSES }, (_, n) => start(kind, place, work, `${n}`)))
}

function open(kind: string, place: string): Store & OwnerIndex & Sweepable {
  const store = openStore(kind, place)
  if (hasPower(store, 'owner-index') && hasPower(store, 'sweepable')) return store
  throw new Error(`Cannot race: ${kind} has no owner index, or no sweep`)
}

async function keysOf(store: OwnerIndex): Promise<Set<string>> {
  const keys = new Set<string>()
  for await (const { key } of store.listByOwner(OWNER)) keys.add(key)
  return keys
}

describe.each(sharedKinds.filter((kind) => kind.startsWith('file')))('%s', (kind) => {
  const newPlace = () => join(temporaryFolder(), 'store')

  test('processes that raise one epoch together are never told the same', { timeout: PATIENCE }, async () => {
    const place = newPlace()
    const processes = await startAll(kind, place, 'raise')
    for (const { go } of processes) go()
    await Promise.all(processes.map(({ ended }) => ended))
    const told = processes.flatMap(({ said }) => said.map(Number)).toSorted((one, other) => one - other)
    expect(told).toEqual(Array.from({ length: PROCESSES * TIMES }, (_, n) => 1_000 + n))
    for (const { said } of processes) expect(said).toEqual(said.toSorted((one, other) => Number(one) - Number(other)))
    expect(await open(kind, place).epochOf(OWNER)).toBe(told.at(-1))
  })

  test('whoever lists while processes create, change and bury misses nothing that was answered before', {
    timeout: PATIENCE,
  }, async () => {
    const place = newPlace()
    const store = open(kind, place)
    const processes = await startAll(kind, place, 'create')
    const all = () => processes.flatMap(({ said }) => said)
    let over = false
    const ended = Promise.all(processes.map((one) => one.ended)).then(() => {
      over = true
    })
    for (const { go } of processes) go()
    for (let listings = 0; !over || listings === 0; listings++) {
      const answered = all()
      const listed = await keysOf(store)
      expect(answered.filter((key) => !listed.has(key))).toEqual([])
      // Tidies up among those who write.
      await store.sweep(70_000)
    }
    await ended
    expect([...(await keysOf(store))].toSorted()).toEqual(all().toSorted())
  })
})
