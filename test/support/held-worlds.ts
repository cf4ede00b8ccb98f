/**
 * Sessions over every kind of store that a response can be held for.
 *
 * In: nothing. Out: sessions client-side, over a store that answers at once, that stops at a gate, that fails; and what
 * went to the event hook. Must not know: responses.
 *
 * @module
 */
import { createSessions, type SessionEvent, type Sessions, type SessionsOptions } from '../../src/index.ts'
import { memoryStore } from '../../src/store/memory.ts'
import { countingStore, failingStore, pausingStore } from '../../src/testing/stores.ts'

export type Data = { note?: string; count?: number }

const SECRET = 'Gk3v-9sQz7Lw2xTn8RbYc5HdJf1MpWq6'
/** Plain http for HTTP/1.1, https for HTTP/2. */
const ORIGINS = ['http://localhost:3000', 'https://localhost:3001']

export interface HeldWorld {
  readonly sessions: Sessions<Data>
  readonly store: ReturnType<typeof controlledStore>
  readonly events: SessionEvent[]
}

function controlledStore() {
  return pausingStore(failingStore(countingStore(memoryStore())))
}

export function serverSide(options: Partial<SessionsOptions> = {}): HeldWorld {
  const store = controlledStore()
  const events: SessionEvent[] = []
  const sessions = createSessions<Data>({
    origin: ORIGINS,
    secret: SECRET,
    store,
    onEvent: (event) => events.push(event),
    ...options,
  })
  return { sessions, store, events }
}

export function clientSide(options: Partial<SessionsOptions> = {}): Sessions<Data> {
  return createSessions<Data>({ origin: ORIGINS, secret: SECRET, ...options })
}
