/**
 * Lines in a log that somebody else wrote: a key that came from a request must not end a line of a message, or speak to a
 * terminal (OWASP ASVS 16.4.1).
 */
import { expect, test } from 'vitest'
import { createSessions } from '../../src/index.ts'
import { ORIGIN, SECRET } from '../support/world.ts'

const KEY = 'a\r\n2026-01-01 login ok\x1b[2J'

test('no error message holds a line break or an escape of a key', async () => {
  const sessions = createSessions<Record<string, string>>({ origin: ORIGIN, secret: SECRET })
  const session = await sessions.open({ method: 'POST', headers: {} })
  const messages = [
    () => session.set(KEY, new Date() as unknown as string),
    () => session.update(KEY, (async () => 'x') as unknown as () => string),
  ].map(messageOf)
  session.set(KEY, 'x'.repeat(5000))
  messages.push(
    await session.commit().then(
      () => '',
      (error: Error) => error.message,
    ),
  )
  for (const message of messages) expect(message).toMatch(/^Cannot [\x20-\x7e]+$/)
})

function messageOf(attempt: () => void): string {
  try {
    attempt()
    return ''
  } catch (error) {
    return (error as Error).message
  }
}
