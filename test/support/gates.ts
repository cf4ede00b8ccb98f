/**
 * Gates: the fixed points where a test makes requests meet.
 *
 * In: names. Out: gates that handlers stop at and a test opens. No time passes here: a gate is a promise. Must not
 * know: requests.
 *
 * @module
 */

export interface Gate {
  /** Resolves when `count` have arrived. */
  arrived(count?: number): Promise<void>
  /** Lets those who wait and all who come later pass. */
  open(): void
  /** For the handler: waits until the gate is open. */
  pass(): Promise<void>
}

export type Gates = (name: string) => Gate

export function createGates(): Gates {
  const gates = new Map<string, Gate>()
  return (name) => {
    const gate = gates.get(name) ?? createGate()
    gates.set(name, gate)
    return gate
  }
}

function createGate(): Gate {
  const watchers: { count: number; tell: () => void }[] = []
  let arrivals = 0
  let open = () => {}
  const opened = new Promise<void>((resolve) => {
    open = resolve
  })
  return {
    arrived(count = 1) {
      return new Promise((tell) => {
        if (arrivals >= count) tell()
        else watchers.push({ count, tell })
      })
    },
    open: () => open(),
    pass() {
      arrivals++
      for (const { count, tell } of watchers) if (arrivals >= count) tell()
      return opened
    },
  }
}
