import fc from 'fast-check'
import { expect, test } from 'vitest'
import { type OwnerNode, ownerLists } from './owner-lists.ts'

interface Node extends OwnerNode<Node> {
  readonly name: number
  readonly owner: string | undefined
}

function newNode(name: number, owner: string | undefined): Node {
  return { name, owner, previous: null, next: null }
}

function newLists() {
  return ownerLists(({ owner }: Node) => owner)
}

test('whatever comes and goes, each owner has what is there', () => {
  const owner = fc.constantFrom('ada', 'bob', '__proto__', '', undefined)
  const steps = fc.array(fc.record({ owner, removes: fc.nat(30) }), { maxLength: 80 })
  fc.assert(
    fc.property(steps, (steps) => {
      const lists = newLists()
      const there: Node[] = []
      for (const [name, { owner, removes }] of steps.entries()) {
        const node = newNode(name, owner)
        lists.add(node)
        there.push(node)
        for (const removed of there.splice(removes, 1)) lists.remove(removed)
      }
      for (const ownerId of ['ada', 'bob', '__proto__', '', 'nobody']) {
        const names = lists.of(ownerId).map(({ name }) => name)
        const expected = there.filter((node) => node.owner === ownerId).map(({ name }) => name)
        expect(names.toSorted()).toEqual(expected.toSorted())
      }
    }),
  )
})

test('a node can come back after it was removed', () => {
  const lists = newLists()
  const [one, two] = [newNode(1, 'ada'), newNode(2, 'ada')]
  for (const node of [one, two]) lists.add(node)
  lists.remove(one)
  lists.add(one)
  expect(lists.of('ada')).toEqual([one, two])
})
