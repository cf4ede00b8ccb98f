import { readdir, rm } from 'node:fs/promises'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { type Disk, disk } from '../../src/lib/file-store/disk.ts'
import { fileEntries } from '../../src/lib/file-store/entries.ts'
import type { Held } from '../../src/lib/store-rules.ts'
import { temporaryFolder } from '../support/folders.ts'
import { turns } from '../support/stepping-disk.ts'

const SEEDS = Number(process.env.SOJOURN_INTERLEAVINGS ?? 25)
const FIRST_SEED = Number(process.env.SOJOURN_FIRST_SEED ?? 0)
const root = temporaryFolder()
const ENDS = 1_000_000
const OWNERS = ['ada', 'bob', undefined]

type Entries = ReturnType<typeof fileEntries>

async function keysOf(entries: Entries, ownerId: string): Promise<string[]> {
  const keys: string[] = []
  for await (const { key } of entries.listByOwner(ownerId)) keys.push(key)
  return keys.toSorted()
}

/** Three processes that pass one key from owner to owner, one of them slow. What is wrong with what they were told, or left. */
async function story(seed: number, killing: boolean): Promise<string[]> {
  const folder = join(root, String(seed))
  const clock = turns(seed)
  const wrong: string[] = []
  const calm = fileEntries(folder, false, disk)
  await calm.create('steady', { value: '', version: 1, expiresAt: ENDS * 9, ownerId: 'ada' }, 0)
  await calm.create('key', { value: '', version: 1, expiresAt: ENDS, ownerId: OWNERS[clock.draw(3)] }, 0)

  async function live(own: Disk, operations: number): Promise<void> {
    const entries = fileEntries(folder, false, own)
    for (let n = 0; n < operations; n++) {
      const late = clock.draw(4) === 0 ? ENDS + 60_001 : 0
      const next = { value: '', expiresAt: ENDS * (1 + clock.draw(2)), ownerId: OWNERS[clock.draw(3)] }
      const kind = clock.draw(6)
      if (kind < 2) await replace(entries, next)
      else if (kind === 2) await entries.create('key', { ...next, version: 1 }, late)
      else if (kind === 3) await entries.bury('key', '', ENDS, late)
      else if (kind === 4) await entries.sweep(ENDS + 60_001)
      else if (!(await keysOf(entries, 'ada')).includes('steady')) wrong.push('an entry that is there was not listed')
    }
  }

  async function replace(entries: Entries, next: Omit<Held, 'version'>): Promise<void> {
    const version = (await entries.find('key'))?.version ?? 1
    await entries.replace('key', { ...next, version: version + 1 }, version, 0)
  }

  const disks = [clock.process(), clock.process(), clock.process()] as const
  clock.sleepOnce(disks[0], 1 + clock.draw(40), 10 + clock.draw(100))
  const victim = disks[clock.draw(3)]
  if (killing && victim !== undefined) clock.killLater(victim, clock.draw(150))
  await clock.run([live(disks[0], 3), live(disks[1], 5), live(disks[2], 5)])

  const held = await calm.find('key')
  const owner = held?.grave ? undefined : held?.ownerId
  for (const one of ['ada', 'bob']) {
    const listed = (await keysOf(calm, one)).includes('key')
    if (listed !== (one === owner)) wrong.push(`${one} is ${listed ? '' : 'not '}listed with what is ${owner}'s`)
  }
  // A process that was killed may leave marks that only time proves needless.
  const marks = (await readdir(join(folder, 'owners'), { recursive: true })).filter((name) => name.length > 140)
  if (!killing && marks.length > 1 + Number(owner !== undefined)) wrong.push(`${marks.length} marks are left`)
  await rm(folder, { recursive: true })
  return wrong
}

test.each([
  ['all live', false],
  ['one is killed', true],
] as const)(
  'whatever the order of system calls, what is an owner’s is listed and nothing is left behind: %s',
  async (_, killing) => {
    for (let seed = FIRST_SEED; seed < FIRST_SEED + SEEDS; seed++) {
      expect(await story(seed, killing), `seed ${seed}`).toEqual([])
    }
    expect(SEEDS).toBeGreaterThan(0)
  },
  20_000 + SEEDS * 1_000,
)
