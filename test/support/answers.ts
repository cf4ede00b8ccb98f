/**
 * What stories ask of an answer.
 *
 * @module
 */
import assert from 'node:assert/strict'
import type { SessionEvent } from '../../src/index.ts'
import type { Jar } from '../../src/testing/jar.ts'
import type { World } from './world.ts'

/** The body, which is always JSON in these stories. */
export async function bodyOf(answer: Response): Promise<unknown> {
  return JSON.parse(await answer.text())
}

/** Reads a page that must answer 200. */
export async function read(browser: Jar, path: string): Promise<unknown> {
  const answer = await browser.get(path)
  assert.equal(answer.status, 200, `GET ${path}`)
  return bodyOf(answer)
}

/** Posts what must answer 200. */
export async function post(browser: Jar, path: string): Promise<Response> {
  const answer = await browser.post(path)
  assert.equal(answer.status, 200, `POST ${path}`)
  return answer
}

/** The names of the cookies an answer sets or clears. */
export function cookieNames(answer: Response): string[] {
  return answer.headers.getSetCookie().map((header) => header.slice(0, header.indexOf('=')))
}

/** The Max-Age, in seconds, that an answer gives a cookie; `null` where it gives none, `undefined` where it sets no such cookie. */
export function maxAgeOf(answer: Response, name = 'session'): number | null | undefined {
  const header = answer.headers.getSetCookie().find((cookie) => cookie.startsWith(`${name}=`))
  if (header === undefined) return undefined
  const [, seconds] = /; Max-Age=(-?\d+)/.exec(header) ?? []
  return seconds === undefined ? null : Number(seconds)
}

/** What a handler sees of its session. */
export async function factsOf(browser: Jar): Promise<Facts> {
  return (await read(browser, '/facts')) as Facts
}

export interface Facts {
  readonly isNew: boolean
  readonly publicId: string | null
  readonly createdAt: number
  readonly expiresAt: number | null
  readonly ownerId: string | null
  readonly pendingOwnerId: string | null
  readonly authenticatedAt: number | null
}

/** The status of an answer, and the code where it is a problem. */
export async function codeOf(answer: Response): Promise<[status: number, code: unknown]> {
  const body = (await bodyOf(answer)) as { code?: unknown } | null
  return [answer.status, body?.code ?? null]
}

export function assertNoCookie(answer: Response, what: string): void {
  assert.deepEqual(cookieNames(answer), [], `${what} has no Set-Cookie`)
}

/** 409, and nothing that could undo what overtook it. */
export async function assertSuperseded(answer: Response, what: string): Promise<void> {
  assert.equal(answer.status, 409, what)
  assertNoCookie(answer, what)
  assert.equal(((await answer.json()) as { code?: string }).code, 'SESSION_SUPERSEDED', what)
}

/** A login that is there before the story begins: with an anonymous session before it. */
export async function loggedIn(world: World, user = 'ada'): Promise<Jar> {
  const browser = world.browser()
  await post(browser, '/set?key=before')
  await post(browser, `/login?user=${user}`)
  return browser
}

export function eventsOf<T extends SessionEvent['type']>(world: World, type: T): Extract<SessionEvent, { type: T }>[] {
  return world.events.filter((event): event is Extract<SessionEvent, { type: T }> => event.type === type)
}

/** Whole rounds of other requests: whatever was on its way to a browser has arrived afterwards. */
export async function rounds(world: World): Promise<void> {
  for (let round = 0; round < 5; round++) await read(world.browser(), '/untouched')
}

/** What is heard of a promise so far, without waiting for it. */
export function watch<T>(promise: Promise<T>): { readonly settled: boolean } {
  const state = { settled: false }
  const settle = () => {
    state.settled = true
  }
  promise.then(settle, settle)
  return state
}

/** Runs `work` while console.error says nothing: hosts print what handlers throw. */
export async function quietly<T>(work: () => Promise<T>): Promise<T> {
  const { error } = console
  console.error = () => {}
  try {
    return await work()
  } finally {
    console.error = error
  }
}
