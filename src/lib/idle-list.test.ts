import fc from 'fast-check'
import { expect, test } from 'vitest'
import { type IdleNode, idleList } from './idle-list.ts'

interface Node extends IdleNode<Node> {
  readonly name: number
}

test('whatever is added and removed, the longest idle is the one added first of those inside', () => {
  fc.assert(
    fc.property(fc.array(fc.option(fc.nat()), { maxLength: 60 }), (steps) => {
      const list = idleList<Node>()
      const inside: Node[] = []
      // A number takes one out, null adds one.
      for (const [name, pick] of [...steps, ...steps.map(() => 0)].entries()) {
        const node = pick === null ? undefined : inside[pick % Math.max(inside.length, 1)]
        if (node === undefined) {
          const added: Node = { name, older: null, newer: null }
          inside.push(added)
          list.add(added)
        } else {
          inside.splice(inside.indexOf(node), 1)
          list.remove(node)
        }
        expect(list.longestIdle()?.name).toBe(inside[0]?.name)
      }
    }),
  )
})
