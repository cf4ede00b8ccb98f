/**
 * Why a goal is not reached, each shown by a profile or by a program in limit/. Said only where the run missed it.
 *
 * @module
 */

interface Reason {
  readonly budgets: readonly string[]
  readonly reason: string
}

const REASONS: readonly Reason[] = [
  {
    budgets: ['sealed-read-known', 'sealed-read-new', 'sealed-write'],
    reason:
      'The limit leaves out what keeps a cookie from being moved to another name (associated data) or spelt in a second way. `limit/read-bound` and `limit/write-bound`, in the tables below, do both and nothing else.',
  },
  {
    budgets: ['token-random', 'token-issue', 'token-open'],
    reason:
      'The goal is in microseconds, and machines differ: 32 bytes from the system (`limit/random-bytes`, below) are the measure of this one. Three SHA-256 one-shots are most of a token; it needs all three, two for the MAC and one for the key.',
  },
  {
    budgets: ['express-sealed-write-warm', 'express-sealed-write-cold'],
    reason:
      'In the profile of a write the largest parts of what is added are the random bytes of the nonce, which come from the system for each message and never from a pool, the JSON, the cipher and a longer head. By hand there is no expiry, no second secret and no middleware, and nothing is recorded that could be done again.',
  },
  {
    budgets: ['express-sealed-read-cold', 'express-memory-read', 'express-near-read'],
    reason:
      'By hand there is no expiry, no second secret, nothing bound to a cookie name, and no middleware: the handler itself knows where its session is. `npm run bench:request` has no network and no router: there sojourn takes 3 µs of a read, on objects as Node makes them and on those of Express alike. No function of ours has more than 2 µs in the profile; the router takes about as much for one more middleware.',
  },
  {
    budgets: ['express-memory-write', 'express-redis-write'],
    reason:
      'What is written by hand keeps no law: it sets the text whatever is there, and two overlapping requests lose one of two updates. Ours compares versions and swaps, in Redis by a script, and records operations so that they can be done again. `npm run bench:request` shows 7 to 8 µs for all of it without a network.',
  },
  {
    budgets: ['express-postgres-write'],
    reason:
      'The profile shows the driver: it takes its time for each parameter and each column, and a compare-and-swap has nine of the one and six of the other where the hand-written statements have two and one.',
  },
  {
    budgets: ['express-sqlite-read', 'express-sqlite-write'],
    reason:
      "In the profile SQLite's own calls are most of what is added. They cost the same with five columns as with one and with seven parameters as with two, within half a microsecond: what costs is the page that each change puts into the log, and bringing the log home.",
  },
]

export function reasonsFor(budget: string): readonly string[] {
  return REASONS.filter(({ budgets }) => budgets.includes(budget)).map(({ reason }) => reason)
}
