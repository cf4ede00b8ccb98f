/**
 * Keeps things by their owner; every change costs O(1).
 *
 * In: nodes with an owner. Out: those of one owner. Must not know what a node is. The nodes carry the links, because
 * most owners have one node, and a Set for each of them would weigh more than the node.
 *
 * @module
 */

/** What the lists need of a node. Both links belong to them. */
export interface OwnerNode<Node> {
  previous: Node | null
  next: Node | null
}

/** One doubly linked list for each owner. */
export interface OwnerLists<Node> {
  of(ownerId: string): Node[]
  /** Adds a node that is in no list; one without an owner stays in none. */
  add(node: Node): void
  /** Takes out a node whose owner is still the one it was added with. */
  remove(node: Node): void
}

/** No owner has anything. */
export function ownerLists<Node extends OwnerNode<Node>>(
  ownerOf: (node: Node) => string | undefined,
): OwnerLists<Node> {
  const heads = new Map<string, Node>()
  return {
    of(ownerId) {
      const nodes: Node[] = []
      for (let node = heads.get(ownerId) ?? null; node !== null; node = node.next) nodes.push(node)
      return nodes
    },
    add(node) {
      const owner = ownerOf(node)
      if (owner === undefined) return
      node.next = heads.get(owner) ?? null
      if (node.next !== null) node.next.previous = node
      heads.set(owner, node)
    },
    remove(node) {
      const owner = ownerOf(node)
      if (owner === undefined) return
      if (node.next !== null) node.next.previous = node.previous
      if (node.previous !== null) node.previous.next = node.next
      else if (node.next !== null) heads.set(owner, node.next)
      else heads.delete(owner)
      node.previous = null
      node.next = null
    },
  }
}
