/**
 * Runs processes that share stores in every order of their steps there.
 *
 * In: a story that starts some processes. Out: the story, told once for each order that can make a difference. A step is
 * one call of a shared store; between two, a process stands still. Of two orders that differ only in steps next to each
 * other on different stores, or that both only read, one is told (by sleep sets): so all of them are to be thought of as
 * at once, and what ran strictly one after the other is a story of its own. Must not know what the stores are.
 *
 * @module
 */

/** One process of a story. */
export interface Process {
  /** The same store; every call of it is a step of this process, until the play is over. */
  at<Shared extends object>(store: Shared): Shared
  /** Starts the work. It goes on when it is given turns. */
  start(work: () => Promise<unknown>): void
}

export interface Stage {
  /** A process that is killed before step `dies`, counted from 0; never unless told. */
  process(dies?: number): Process
  /** Gives turns until every process has ended or was killed; `false`: this order is one that was told already. */
  play(): Promise<boolean>
}

interface Step {
  readonly actor: number
  /** Which of the actor's calls. It may have several under way. */
  readonly call: number
  /** Which store, counted from 0: every telling has stores of its own. */
  readonly store: number
  readonly reads: boolean
}

/** A point where several processes may go on. */
interface Fork {
  readonly open: readonly Step[]
  /** Steps that were taken first in orders already told: to take them now again leads to the same. */
  readonly asleep: readonly Step[]
  taken: number
}

const READS = new Set(['find', 'findFresh', 'epochOf'])

/** Tells the story in every order. Returns how often, orders that were broken off included. */
export async function inEveryOrder(tell: (stage: Stage) => Promise<void>): Promise<number> {
  const forks: Fork[] = []
  for (let told = 0; ; told++) {
    let depth = 0
    await tell(
      createStage((waiting) => {
        const fork = forks[depth] ?? forkAfter(forks[depth - 1], waiting)
        forks[depth++] = fork
        return fork.open[fork.taken] ?? null
      }),
    )
    for (let last = forks.at(-1); last !== undefined && ++last.taken >= last.open.length; last = forks.at(-1)) {
      forks.pop()
    }
    if (forks.length === 0) return told + 1
  }
}

function forkAfter(before: Fork | undefined, waiting: readonly Step[]): Fork {
  const taken = before?.open[before.taken]
  const known = before === undefined ? [] : [...before.asleep, ...before.open.slice(0, before.taken)]
  const asleep = known.filter((other) => taken !== undefined && areIndependent(other, taken))
  const open = waiting.filter((step) => !asleep.some((other) => isSame(other, step)))
  return { open, asleep, taken: 0 }
}

function areIndependent(one: Step, other: Step): boolean {
  return one.actor !== other.actor && (one.store !== other.store || (one.reads && other.reads))
}

function createStage(choose: (waiting: readonly Step[]) => Step | null): Stage {
  const waiting: (Step & { readonly go: () => void })[] = []
  const stores: object[] = []
  let actors = 0
  let over = false

  return {
    process(dies = Number.POSITIVE_INFINITY) {
      const actor = actors++
      let calls = 0
      function turn(store: number, reads: boolean): Promise<void> {
        const call = calls++
        return new Promise((go) => {
          if (over) go()
          else if (call < dies) waiting.push({ actor, call, store, reads, go })
        })
      }
      return {
        at(store) {
          if (!stores.includes(store)) stores.push(store)
          const number = stores.indexOf(store)
          return new Proxy(store, {
            get(_, name) {
              const member: unknown = Reflect.get(store, name)
              if (typeof member !== 'function') return member
              return async (...args: unknown[]) => {
                await turn(number, READS.has(String(name)))
                return Reflect.apply(member, store, args)
              }
            },
          })
        },
        start: (work) => void work(),
      }
    },

    async play() {
      for (;;) {
        // Stores in memory answer by promises alone, and this comes when all promises have: everybody stands before their
        // next step, or is done.
        await new Promise<void>((resolve) => process.nextTick(resolve))
        over = waiting.length === 0
        if (over) return true
        waiting.sort((one, other) => one.actor - other.actor || one.call - other.call)
        const step = choose(waiting)
        const index = waiting.findIndex((one) => step !== null && isSame(one, step))
        if (index === -1) return false
        for (const { go } of waiting.splice(index, 1)) go()
      }
    },
  }
}

function isSame(one: Step, other: Step): boolean {
  return one.actor === other.actor && one.call === other.call
}
