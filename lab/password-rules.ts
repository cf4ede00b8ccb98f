/**
 * What a password of the lab may be (NIST 800-63B-4, 3.1.1.2: long rather than strange).
 *
 * In: what somebody typed. Out: what to do about it, or `undefined`. Pure.
 */

const SHORTEST_PASSWORD = 8
const LONGEST_PASSWORD = 128

export function passwordError(password: string, name: string): string | undefined {
  if (password === '') return 'Enter a password'
  if (password.length < SHORTEST_PASSWORD) return `Enter at least ${SHORTEST_PASSWORD} characters`
  if (password.length > LONGEST_PASSWORD) return `Enter at most ${LONGEST_PASSWORD} characters`
  return password.toLowerCase() === name.toLowerCase() ? 'Enter something other than your name' : undefined
}
