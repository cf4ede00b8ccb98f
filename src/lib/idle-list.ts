/**
 * Keeps things in the order in which they were last used; every change costs O(1).
 *
 * In: nodes, as they are used. Out: the one that was left alone the longest. Must not know what a node is. A Map in
 * insertion order would do the same until its front is full of deleted places, which it walks at every look.
 *
 * @module
 */

/** What a list needs of a node. Both fields belong to the list. */
export interface IdleNode<Node> {
  older: Node | null
  newer: Node | null
}

/** A doubly linked list; the nodes carry the links. */
export interface IdleList<Node> {
  longestIdle(): Node | null
  /** Adds a node that is in no list, as the most recently used. */
  add(node: Node): void
  /** Takes out a node that is in this list. */
  remove(node: Node): void
}

/** An empty list. */
export function idleList<Node extends IdleNode<Node>>(): IdleList<Node> {
  let oldest: Node | null = null
  let newest: Node | null = null
  return {
    longestIdle: () => oldest,
    add(node) {
      node.older = newest
      node.newer = null
      if (newest === null) oldest = node
      else newest.newer = node
      newest = node
    },
    remove(node) {
      if (node.older === null) oldest = node.newer
      else node.older.newer = node.newer
      if (node.newer === null) newest = node.older
      else node.newer.older = node.older
      node.older = null
      node.newer = null
    },
  }
}
