import { rm } from 'node:fs/promises'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { type Disk, disk } from '../../src/lib/file-store/disk.ts'
import { fileEntries } from '../../src/lib/file-store/entries.ts'
import type { Held } from '../../src/lib/store-rules.ts'
import { temporaryFolder } from '../support/folders.ts'
import { explain, type Observed, type Operation } from '../support/linearizable.ts'
import { type Turns, turns } from '../support/stepping-disk.ts'

const SEEDS = Number(process.env.SOJOURN_INTERLEAVINGS ?? 40)
const FIRST_SEED = Number(process.env.SOJOURN_FIRST_SEED ?? 0)
const root = temporaryFolder()
const ENDS = 1_000_000
// Times before and after the end, and after the end by more than a sweep waits: processes whose clocks disagree.
const TIMES = [0, ENDS + 1, ENDS + 60_001]

type Draw = (turns: Turns, id: number, seen: Held | null) => Operation

/** Anything at all, at any time. */
const anything: Draw = ({ draw }, id, seen) => {
  const now = TIMES[draw(3) === 0 ? 1 + draw(2) : 0] ?? 0
  const version = draw(4) === 0 ? 1 + draw(3) : (seen?.version ?? 1)
  const entry: Held = { value: `${id}`, version: version + draw(2), expiresAt: ENDS * (1 + draw(2)) }
  const kinds: readonly Operation[] = [
    { call: 'find' },
    { call: 'create', entry, now },
    { call: 'replace', entry, version, now },
    { call: 'replace', entry, version, now },
    { call: 'extend', expiresAt: ENDS + id, now },
    { call: 'bury', value: `${id}`, until: ENDS + id, now },
    { call: 'sweep', now: ENDS + 60_001 },
  ]
  return kinds[draw(kinds.length)] ?? { call: 'find' }
}

/** Only counting, with a rare grave: whoever writes over the same version twice is found out. */
const counting: Draw = ({ draw }, id, seen) => {
  const version = seen?.version ?? 1
  if (draw(12) === 0) return { call: 'bury', value: `${id}`, until: ENDS, now: 0 }
  if (draw(6) === 0) return { call: 'find' }
  return { call: 'replace', entry: { value: `${id}`, version: version + 1, expiresAt: ENDS }, version, now: 0 }
}

type Entries = ReturnType<typeof fileEntries>

async function perform(entries: Entries, operation: Operation): Promise<unknown> {
  switch (operation.call) {
    case 'find':
      return entries.find('key')
    case 'create':
      return entries.create('key', operation.entry, operation.now)
    case 'replace':
      return entries.replace('key', operation.entry, operation.version, operation.now)
    case 'extend':
      return entries.extend('key', operation.expiresAt, operation.now)
    case 'bury':
      return entries.bury('key', operation.value, operation.until, operation.now)
    case 'sweep':
      return entries.sweep(operation.now)
  }
}

/** Three processes on one key, one of them slow; what each asked and was told. */
async function story(seed: number, draw: Draw, killing: boolean): Promise<Observed[]> {
  const folder = join(root, String(seed))
  const clock = turns(seed)
  const observed: Observed[] = []
  let moment = 0
  async function ask(entries: Entries, operation: Operation): Promise<unknown> {
    const one: Observed = { operation, began: moment++, ended: Number.POSITIVE_INFINITY, answer: undefined }
    observed.push(one)
    one.answer = await perform(entries, operation)
    one.ended = moment++
    return one.answer
  }

  async function live(own: Disk, operations: number): Promise<void> {
    const entries = fileEntries(folder, false, own)
    let seen: Held | null = null
    for (let n = 0; n < operations; n++) {
      const operation = draw(clock, observed.length, seen)
      const answer = await ask(entries, operation)
      if (answer === 'done' && operation.call === 'replace') seen = operation.entry
      else seen = (await ask(entries, { call: 'find' })) as Held | null
    }
  }

  const calm = fileEntries(folder, false, disk)
  await ask(calm, { call: 'create', entry: { value: 'first', version: 1, expiresAt: ENDS }, now: 0 })
  const disks = [clock.process(), clock.process(), clock.process()] as const
  clock.sleepOnce(disks[0], 1 + clock.draw(40), 10 + clock.draw(100))
  const victim = disks[clock.draw(3)]
  if (killing && victim !== undefined) clock.killLater(victim, clock.draw(100))
  await clock.run([live(disks[0], 2), live(disks[1], 4), live(disks[2], 4)])
  // Nobody is under way any more: what is there now is there for good.
  await ask(calm, { call: 'find' })
  await rm(folder, { recursive: true })
  return observed
}

test.each([
  ['anything, all live', anything, false],
  ['anything, one is killed', anything, true],
  ['counting, all live', counting, false],
  ['counting, one is killed', counting, true],
] as const)(
  'whatever the order of system calls, three processes are told what one store would say: %s',
  async (_, draw, killing) => {
    for (let seed = FIRST_SEED; seed < FIRST_SEED + SEEDS; seed++) {
      const observed = await story(seed, draw, killing)
      const said = () => `seed ${seed}: no order explains ${JSON.stringify(observed)}`
      if (explain(observed) === null) expect.fail(said())
    }
    expect(SEEDS).toBeGreaterThan(0)
  },
  20_000 + SEEDS * 500,
)
