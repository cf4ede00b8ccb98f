import fc from 'fast-check'
import { expect, test } from 'vitest'
import { expiryHeap, type HeapNode } from './expiry-heap.ts'

test('whatever is added, moved and removed, the earliest is the earliest', () => {
  const step = fc.record({
    kind: fc.constantFrom('add', 'add', 'add', 'move', 'remove'),
    pick: fc.nat(),
    expiresAt: fc.integer({ min: 0, max: 1_000 }),
  })
  fc.assert(
    fc.property(fc.array(step, { minLength: 40, maxLength: 150 }), (steps) => {
      const heap = expiryHeap<HeapNode>()
      const nodes: HeapNode[] = []
      for (const { kind, pick, expiresAt } of steps) {
        const node = nodes[pick % Math.max(nodes.length, 1)]
        if (kind === 'add' || node === undefined) {
          const added = { expiresAt, place: -1 }
          nodes.push(added)
          heap.add(added)
        } else if (kind === 'move') {
          node.expiresAt = expiresAt
          heap.moved(node)
        } else {
          nodes.splice(nodes.indexOf(node), 1)
          heap.remove(node)
        }
        const ends = nodes.map((one) => one.expiresAt)
        expect(heap.earliest()?.expiresAt).toBe(ends.length === 0 ? undefined : Math.min(...ends))
      }
      const drained: number[] = []
      for (let first = heap.earliest(); first !== undefined; first = heap.earliest()) {
        drained.push(first.expiresAt)
        heap.remove(first)
      }
      expect(drained).toEqual(nodes.map((one) => one.expiresAt).sort((one, other) => one - other))
    }),
    { numRuns: 300 },
  )
})
