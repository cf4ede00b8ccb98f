/**
 * A disk on which several processes take turns, one system call at a time, in an order drawn from a seed.
 *
 * In: the real disk and a seed. Out: one disk for each process, and a way to run them all. A listing is as unreliable as
 * POSIX allows: what comes or goes while it runs may be in it or not. A process can be killed between two calls.
 *
 * @module
 */
import { join } from 'node:path'
import { type Disk, disk, type OpenFile } from '../../src/lib/file-store/disk.ts'

export interface Turns {
  /** A disk whose every call waits for its turn. */
  process(): Disk
  /** After so many turns of all, the process of this disk gets no other. */
  killLater(process: Disk, steps: number): void
  /** After so many turns of its own, the process of this disk sleeps while the others take so many. */
  sleepOnce(process: Disk, after: number, during: number): void
  /** A whole number from 0 to below `limit`. */
  draw(limit: number): number
  /** Gives turns until all work is done or all that is left belongs to killed processes. */
  run(work: readonly Promise<unknown>[]): Promise<void>
}

/** Turns in an order that `seed` alone decides. */
export function turns(seed: number): Turns {
  const draw = random(seed)
  const parked: { owner: Disk; go: () => void }[] = []
  const dead = new Set<Disk>()
  const opened: { owner: Disk; file: OpenFile }[] = []
  let steps = 0
  let victim: { process: Disk; after: number } | undefined
  let sleeper: { process: Disk; after: number; during: number } | undefined
  let changed = () => {}

  const turnOf = (owner: Disk) =>
    new Promise<void>((go) => {
      parked.push({ owner, go })
      changed()
    })

  function stepping(): Disk {
    const own = {} as Disk
    const calls = Object.entries(disk).map(([name, call]) => {
      if (name === 'list') return [name, (folder: string) => carelessList(folder, () => turnOf(own))]
      if (name === 'read') return [name, async (path: string) => turnOf(own).then(() => readAs(own, path))]
      return [name, async (...args: never[]) => turnOf(own).then(() => Reflect.apply(call, disk, args))]
    })
    return Object.assign(own, Object.fromEntries(calls))
  }

  async function readAs(owner: Disk, path: string): Promise<OpenFile | null> {
    const file = await disk.read(path)
    if (file !== null) opened.push({ owner, file })
    return file
  }

  async function carelessList(folder: string, turn: () => Promise<void>): Promise<string[] | null> {
    await turn()
    const before = await identities(folder)
    await turn()
    const after = await identities(folder)
    if (before === null || after === null) return null
    const names = [...new Set([...before.keys(), ...after.keys()])]
    return names.filter((name) => before.get(name) === after.get(name) || draw(2) === 0)
  }

  function pick<Item>(items: readonly Item[]): Item[] {
    return items.slice(draw(Math.max(items.length, 1))).slice(0, 1)
  }

  async function kill(process: Disk): Promise<void> {
    victim = undefined
    dead.add(process)
    // The system closes a dead process's files, and may then give their identity to others.
    for (const { owner, file } of opened) if (owner === process) await file.close()
  }

  async function run(work: readonly Promise<unknown>[]): Promise<void> {
    let open = work.length
    for (const one of work) {
      const done = () => {
        open--
        changed()
      }
      one.then(done, done)
    }
    while (open > 0) {
      // Everyone is either waiting for a turn or done before the next turn is given: one moves, the others stand.
      while (parked.length < open) {
        await new Promise<void>((resolve) => {
          changed = resolve
        })
      }
      if (victim !== undefined && steps >= victim.after) await kill(victim.process)
      const able = parked.filter(({ owner }) => !dead.has(owner))
      const awake = sleeper?.after === 0 ? able.filter(({ owner }) => owner !== sleeper?.process) : able
      const [next] = awake.length > 0 ? pick(awake) : pick(able)
      if (next === undefined) return
      parked.splice(parked.indexOf(next), 1)
      steps++
      if (sleeper?.after === 0 && sleeper.during-- === 0) sleeper = undefined
      else if (sleeper?.process === next.owner) sleeper.after--
      next.go()
    }
  }

  return {
    process: stepping,
    killLater(process, after) {
      victim = { process, after }
    },
    sleepOnce(process, after, during) {
      sleeper = { process, after, during }
    },
    draw,
    run,
  }
}

async function identities(folder: string): Promise<Map<string, string | undefined> | null> {
  const names = await disk.list(folder)
  if (names === null) return null
  const known = names.map(async (name): Promise<[string, string | undefined]> => {
    return [name, (await disk.facts(join(folder, name)))?.identity]
  })
  return new Map(await Promise.all(known))
}

// A linear congruential generator: the same seed gives the same order on every machine.
function random(seed: number): (limit: number) => number {
  let state = BigInt(seed) + 1n
  return (limit) => {
    state = (state * 6_364_136_223_846_793_005n + 1_442_695_040_888_963_407n) % (1n << 64n)
    return Number((state >> 33n) % BigInt(limit))
  }
}
