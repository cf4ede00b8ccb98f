/**
 * A process that listens for the end of a live session and has nothing else to do.
 *
 * In: nothing. Out: the message `listening`; then its end, once the parent lets go of it, for a listener holds no process open.
 *
 * @module
 */
import { createSessions } from '../../src/index.ts'
import { memoryStore } from '../../src/store/memory.ts'
import { cookieFor } from '../../src/testing/cookie-for.ts'

const sessions = createSessions({
  origin: 'http://localhost:3000',
  secret: 'Gk3v-9sQz7Lw2xTn8RbYc5HdJf1MpWq6',
  store: memoryStore(),
})
const cookie = await cookieFor(sessions, { owner: 'ada' })
const session = await sessions.open({ cookie })
session.onEnd(() => {
  process.exitCode = 1
})
process.send?.(session.ownerId === 'ada' ? 'listening' : 'nobody is logged in')
