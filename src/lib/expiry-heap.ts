/**
 * Keeps things ordered by when they end: the earliest is at hand, every change costs O(log n).
 *
 * In: nodes with an end. Out: the one that ends first. Must not know what a node is, nor what time it is. A node lends
 * the heap one field for its place, so that moving or removing it needs no search.
 *
 * @module
 */

/** What a heap needs of a node. `place` belongs to the heap. */
export interface HeapNode {
  expiresAt: number
  place: number
}

/** A binary heap by `expiresAt`. */
export interface ExpiryHeap<Node extends HeapNode> {
  /** The node that ends first. */
  earliest(): Node | undefined
  add(node: Node): void
  remove(node: Node): void
  /** To be called after `expiresAt` of a node inside was changed, in either direction. */
  moved(node: Node): void
}

/** An empty heap. */
export function expiryHeap<Node extends HeapNode>(): ExpiryHeap<Node> {
  const nodes: Node[] = []

  function put(node: Node, place: number): void {
    nodes[place] = node
    node.place = place
  }

  function rise(node: Node): void {
    let place = node.place
    while (place > 0) {
      const above = (place - 1) >> 1
      const parent = nodes[above]
      if (parent === undefined || parent.expiresAt <= node.expiresAt) break
      put(parent, place)
      place = above
    }
    put(node, place)
  }

  function sink(node: Node): void {
    let place = node.place
    for (;;) {
      const left = 2 * place + 1
      const child = earlier(nodes[left], nodes[left + 1])
      if (child === undefined || child.expiresAt >= node.expiresAt) break
      const below = child.place
      put(child, place)
      place = below
    }
    put(node, place)
  }

  return {
    earliest: () => nodes[0],
    add(node) {
      put(node, nodes.length)
      rise(node)
    },
    remove(node) {
      const last = nodes.pop()
      if (last === undefined || last === node) return
      put(last, node.place)
      rise(last)
      sink(last)
    },
    moved(node) {
      rise(node)
      sink(node)
    },
  }
}

function earlier<Node extends HeapNode>(one: Node | undefined, other: Node | undefined): Node | undefined {
  if (one === undefined || other === undefined) return one ?? other
  return other.expiresAt < one.expiresAt ? other : one
}
