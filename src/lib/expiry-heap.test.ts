import fc from 'fast-check'
import { expect, test } from 'vitest'
import { expiryHeap } from './expiry-heap.ts'

test('whatever is added, moved and removed, the earliest is the earliest', () => {
  const step = fc.record({
    kind: fc.constantFrom('add', 'add', 'add', 'move', 'remove'),
    pick: fc.nat(),
    expiresAt: fc.integer({ min: 0, max: 1_000 }),
  })
  fc.assert(
    fc.property(fc.array(step, { minLength: 40, maxLength: 150 }), (steps) => {
      const ends = new Map<number, number>()
      const places = new Map<number, number>()
      const heap = expiryHeap({
        expiresAt: (thing) => ends.get(thing) ?? Number.NaN,
        place: (thing) => places.get(thing) ?? Number.NaN,
        setPlace: (thing, place) => places.set(thing, place),
      })
      for (const [n, { kind, pick, expiresAt }] of steps.entries()) {
        const thing = [...ends.keys()][pick % Math.max(ends.size, 1)]
        if (kind === 'add' || thing === undefined) {
          ends.set(n + 1, expiresAt)
          heap.add(n + 1)
        } else if (kind === 'move') {
          ends.set(thing, expiresAt)
          heap.moved(thing)
        } else {
          heap.remove(thing)
          ends.delete(thing)
        }
        const earliest = ends.size === 0 ? undefined : Math.min(...ends.values())
        expect(ends.get(heap.earliest())).toBe(earliest)
      }
      const drained: (number | undefined)[] = []
      for (let first = heap.earliest(); first !== 0; first = heap.earliest()) {
        drained.push(ends.get(first))
        heap.remove(first)
      }
      expect(drained).toEqual([...ends.values()].sort((one, other) => one - other))
    }),
    { numRuns: 300 },
  )
})
