/**
 * A store whose listings stop between two rows where a test says.
 *
 * @module
 */
import type { Entry, OwnerIndex, Store } from '../../src/store/store.ts'

export interface Walking {
  /** Stops the next listing once it has given `rows` rows, and no other. */
  pauseWalk(rows: number): { readonly reached: Promise<void>; release(): void }
}

export function walkingStore<Inner extends Store & OwnerIndex>(store: Inner): Inner & Walking {
  let waiting: { rows: number; arrive(): void; released: Promise<void> } | null = null
  return Object.assign(Object.create(store) as Inner, {
    async *listByOwner(ownerId: string): AsyncGenerator<{ readonly key: string; readonly entry: Entry }> {
      const stop = waiting
      waiting = null
      let given = 0
      for await (const row of store.listByOwner(ownerId)) {
        if (given === stop?.rows) await pass(stop)
        given++
        yield row
      }
      if (stop !== null && given <= stop.rows) await pass(stop)
    },
    pauseWalk(rows: number) {
      let release = () => {}
      let arrive = () => {}
      const released = new Promise<void>((resolve) => {
        release = resolve
      })
      const reached = new Promise<void>((resolve) => {
        arrive = resolve
      })
      waiting = { rows, arrive, released }
      return { reached, release: () => release() }
    },
  })

  async function pass({ arrive, released }: { arrive(): void; released: Promise<void> }): Promise<void> {
    arrive()
    await released
  }
}
