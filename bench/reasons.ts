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
      'The profile of `npm run bench:request` has a third of a write in the random bytes of the nonce, which come from the system for each message and never from a pool; then come the cipher and the JSON.',
  },
  {
    budgets: ['express-sealed-read-cold'],
    reason:
      'By hand there is no expiry, no second secret, nothing bound to a cookie name, and no middleware: the handler itself knows where its session is. The table `read`, below, has the opening alone within a tenth of the limit; `npm run bench:request` has what else sojourn does, 3 µs on objects as Node makes them and 10 on those that Express gave another prototype.',
  },
  {
    budgets: ['express-memory-read', 'express-near-read'],
    reason:
      '`npm run bench:request` has no network and no router: there sojourn takes 3 µs of a read on objects as Node makes them, and 10 on those that Express gave another prototype, where V8 shares no shapes. No function of ours has more than 2 µs in the profile; the router takes about as much for one more middleware.',
  },
  {
    budgets: ['express-memory-write', 'express-redis-write'],
    reason:
      'What is written by hand keeps no law: it sets the text whatever is there, and two overlapping requests lose one of two updates. Ours compares versions and swaps, in Redis by a script, and records operations so that they can be done again. `npm run bench:request` shows 7.5 µs for all of it without a network.',
  },
  {
    budgets: ['express-postgres-write'],
    reason:
      'The profile shows the driver: it takes its time for each parameter and each column, and a compare-and-swap has nine of the one and six of the other where the hand-written statements have two and one.',
  },
  {
    budgets: ['express-sqlite-read', 'express-sqlite-write'],
    reason:
      'The calls of the driver are most of what is added. Ours ask for five columns where one is asked for by hand, and the update names the version it replaces.',
  },
]

export function reasonsFor(budget: string): readonly string[] {
  return REASONS.filter(({ budgets }) => budgets.includes(budget)).map(({ reason }) => reason)
}
