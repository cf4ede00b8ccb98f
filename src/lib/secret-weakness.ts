/**
 * Why a text could be guessed.
 *
 * In: a text that is meant to be random. Out: one sentence part that says why it is not, or null. Pure. The answer never
 * quotes the text, not even a piece of it.
 *
 * An estimate can refuse what is plainly bad and cannot prove what is good: only the generator knows that. So it errs on
 * the side of passing: what a generator of 128 bits or more makes, in hex, base64 or base64url, has to go through.
 *
 * @module
 */

import { PUBLISHED_SECRETS, TUTORIAL_WORDS, UNSAFE_PREFIXES } from './tutorial-words.ts'

/** 32 hex characters, 128 true bits, measure 117 by this estimate, with a deviation of about 4. */
const LEAST_BITS = 90
/** 32 hex characters show fewer than 8 of their 16 digits once in 2^24 times; 43 of base64url or 64 of hex never do. */
const LEAST_DISTINCT = 8

/** Longest first, so that `characters` is taken before `char` leaves the rest of it behind. */
const WORDS = [...TUTORIAL_WORDS].sort((a, b) => b.length - a.length)

/** The digits and signs people put for letters: `p4$$w0rd`. */
const LETTER_OF: Readonly<Record<string, string>> = { 0: 'o', 1: 'i', 3: 'e', 4: 'a', 5: 's', 7: 't', $: 's', '@': 'a' }

/**
 * Says why `text` is no secret, or `null`. Costs a few microseconds for each hundred characters; meant for start-up.
 *
 * @returns what was found, to follow "it …" in a message
 */
export function secretWeakness(text: string): string | null {
  const characters = [...text]
  const plain = text.toLowerCase()
  if (PUBLISHED_SECRETS.some((known) => plain.includes(known.toLowerCase()))) return 'is printed in a tutorial'
  if (UNSAFE_PREFIXES.some((prefix) => plain.startsWith(prefix))) return 'is marked as insecure by what made it'
  if (new Set(characters).size < LEAST_DISTINCT) return `has fewer than ${LEAST_DISTINCT} different characters`
  if (isPeriodic(characters)) return 'repeats itself'
  if (Math.min(shannonBits(characters), shannonBits(steps(characters))) < LEAST_BITS) return 'has too little variety'
  const rest = withoutWords(characters)
  // Half of it must be words before they count: 32 random hex digits may well hold an accidental `add` or `123`.
  const mostlyWords = rest.length <= characters.length / 2
  if (mostlyWords && shannonBits(rest) < LEAST_BITS) return 'is made of words that tutorials and examples use'
  return null
}

/** True where the text is its own beginning over and over; half of a doubled secret is all an attacker has to guess. */
function isPeriodic(characters: readonly string[]): boolean {
  for (let period = 1; period <= characters.length / 2; period += 1) {
    if (characters.every((character, at) => at < period || character === characters[at - period])) return true
  }
  return false
}

/** Length times the entropy of the symbols' frequencies: too high for prose, about right for random text. */
function shannonBits(symbols: readonly (string | number)[]): number {
  const counts = new Map<string | number, number>()
  for (const symbol of symbols) counts.set(symbol, (counts.get(symbol) ?? 0) + 1)
  let bits = 0
  for (const count of counts.values()) bits += count * Math.log2(symbols.length / count)
  return bits
}

/** From each character to the next. `abcdef…` has many characters and one step, so its steps give it away. */
function steps(characters: readonly string[]): number[] {
  const points = characters.map((character) => character.codePointAt(0) ?? 0)
  return points.slice(1).map((point, at) => point - (points[at] ?? 0))
}

/** What is left once the words of tutorials are taken out: a random text keeps nearly everything. */
function withoutWords(characters: readonly string[]): string[] {
  const read = characters.map(foldLetter).join('')
  const covered = characters.map(() => false)
  for (const word of WORDS) {
    for (let at = read.indexOf(word); at !== -1; at = read.indexOf(word, at + 1)) {
      covered.fill(true, at, at + word.length)
    }
  }
  return characters.filter((_, at) => !covered[at])
}

/** One UTF-16 unit for one character, so that positions stay; what has no such lower case is in no tutorial's word. */
function foldLetter(character: string): string {
  const lower = character.toLowerCase()
  return LETTER_OF[lower] ?? (lower.length === 1 ? lower : '\u0000')
}
