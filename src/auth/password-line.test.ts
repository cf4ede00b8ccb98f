/**
 * Passwords wait in a bounded line: so many are hashed at once, so many wait, the next is refused.
 *
 * Nothing sleeps: an argon2 stands in that waits where it is told to.
 */

import { expect, test } from 'vitest'
import { type Argon2, createPasswords } from './password.ts'

/** An argon2 whose every call waits until it is let go. */
function gate() {
  const held: (() => void)[] = []
  const argon2: Argon2 = {
    hashRaw: (_, { outputLen }) => new Promise((resolve) => held.push(() => resolve(new Uint8Array(outputLen)))),
  }
  const settle = () => new Promise((resolve) => setImmediate(resolve))
  return { argon2, held, settle }
}

test('so many hash at once, so many wait, and the next is refused with a 503', async () => {
  const { argon2, held, settle } = gate()
  const passwords = createPasswords({ argon2, concurrency: 2, queue: 1 })
  const taken = [passwords.hash('1'), passwords.verify('2', null), passwords.hash('3')]
  await settle()
  expect(held).toHaveLength(2)
  await expect(passwords.verify('4', null)).rejects.toMatchObject({ code: 'PASSWORD_QUEUE_FULL', status: 503 })
  held[0]?.()
  await settle()
  expect(held).toHaveLength(3) // the one that waited took the place
  const later = passwords.verify('5', null)
  await settle()
  expect(held).toHaveLength(3) // and it is taken: who comes now waits in turn
  for (const release of held) release()
  expect(await Promise.all(taken)).toEqual([expect.any(String), false, expect.any(String)])
  await settle()
  held[3]?.()
  expect(await later).toBe(false)
})

test('a hash that fails gives its place back', async () => {
  let calls = 0
  const argon2: Argon2 = {
    async hashRaw(_, { outputLen }) {
      calls += 1
      if (calls === 1) throw new Error('out of memory')
      return new Uint8Array(outputLen)
    },
  }
  const passwords = createPasswords({ argon2, concurrency: 1, queue: 0 })
  await expect(passwords.hash('tea')).rejects.toThrow('out of memory')
  expect(await passwords.verify('tea', null)).toBe(false)
})

test.each([{ concurrency: 0 }, { concurrency: 1.5 }, { queue: -1 }, { queue: Number.NaN }])(
  '%j cannot work',
  (options) => {
    expect(() => createPasswords(options)).toThrow(expect.objectContaining({ code: 'OPTION_INVALID' }))
  },
)
