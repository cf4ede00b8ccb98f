/** An attacker who has good cookies of another kind, name, app or secret, and presents each as every other. */
import assert from 'node:assert/strict'
import { test } from 'vitest'
import type { SessionsOptions } from '../../src/index.ts'
import type { Jar } from '../../src/testing/jar.ts'
import { loggedIn, post, read } from '../support/answers.ts'
import { assertNeverLookedUp, attack, EVERYWHERE, ROWS, sessionCookie, withSeenCookie } from '../support/attack.ts'
import type { Backend } from '../support/backends.ts'
import { OLD_SECRET, startWorld, type World } from '../support/world.ts'

/** Apps that differ in one thing each from the one under attack, with every kind of cookie there is. */
const APPS: readonly (readonly [name: string, backend: Backend, options: Partial<SessionsOptions>])[] = [
  ['another name, client-side', 'client-side', { cookie: { name: 'other' } }],
  ['another name, server-side', 'memory', { cookie: { name: 'other' } }],
  ['a name that is ours cut short', 'memory', { cookie: { name: 'sessio' } }],
  ['the name of our second cookie', 'client-side', { cookie: { name: 'session-seen' } }],
  ['another secret, client-side', 'client-side', { secret: OLD_SECRET }],
  ['another secret, server-side', 'memory', { secret: OLD_SECRET }],
  ['another name and secret', 'memory', { cookie: { name: 'other' }, secret: OLD_SECRET }],
]

attack('a good cookie of an app that differs in name or secret opens nothing here', EVERYWHERE, async (world) => {
  const [name] = sessionCookie(await loggedIn(world))
  const foreign: string[] = []
  for (const [, backend, options] of APPS) foreign.push(...(await cookiesOf(backend, options)))
  assert.equal(foreign.length >= APPS.length + 3, true, 'second cookies among them')
  await assertNeverLookedUp(
    world,
    foreign.flatMap((value) => [`${name}=${value}`, `${name}=x; ${name}-seen=${value}`]),
  )
})

for (const [ours, theirs] of [
  ['memory', 'client-side'],
  ['client-side', 'memory'],
  ['revocable', 'sealed at rest'],
  ['sealed at rest', 'revocable'],
] as const) {
  test(`${ours}: a good cookie of the ${theirs} way, of the same name and secret, opens nothing`, async () => {
    const world = await startWorld({ adapter: 'node', backend: ours })
    try {
      const [name] = sessionCookie(await loggedIn(world))
      const foreign = await cookiesOf(theirs, {})
      await assertNeverLookedUp(
        world,
        foreign.map((value) => `${name}=${value}`),
      )
    } finally {
      await world.close()
    }
  })
}

attack('the second cookie is no session, and a session no second cookie', EVERYWHERE, async (world) => {
  const browser = await withSeenCookie(world, await loggedIn(world))
  const [name, session] = sessionCookie(browser)
  const seen = browser.cookies.get(`${name}-seen`) ?? (await cookiesOf('client-side', {}))[1]
  assert.ok(seen)
  await assertNeverLookedUp(world, [
    `${name}=${seen}`,
    `${name}=${seen}; ${name}-seen=${session}`,
    `${name}-seen=${session}`,
  ])
})

attack('the second cookie of another session of the same user lengthens nothing', EVERYWHERE, async (world) => {
  const forgotten = await loggedIn(world)
  const busy = await withSeenCookie(world, await loggedIn(world))
  world.clock.advance('55m')
  const [name, value] = sessionCookie(forgotten)
  const seen = busy.cookies.get(`${name}-seen`)
  const cookie = seen === undefined ? `${name}=${value}` : `${name}=${value}; ${name}-seen=${seen}`
  assert.equal(await read(busy, '/me'), 'ada', 'the busy one lives')
  assert.equal(await (await world.browser().get('/me', { cookie })).json(), null, 'the forgotten one is over')
})

attack('nothing that a store holds or tells is a cookie: keys, rows, public ids, owners', ROWS, async (world) => {
  const browser = await loggedIn(world)
  const [name] = sessionCookie(browser)
  const { publicId } = (await read(browser, '/facts')) as { publicId: string }
  const texts = world.told.flatMap((line) => [...line.matchAll(/[\w.-]{20,}/g)].map(([text]) => text))
  assert.equal(texts.includes(publicId), true, 'the search found what there is')
  const token = Buffer.concat([Buffer.of(1), Buffer.from(publicId, 'base64url'), Buffer.alloc(16)]).toString(
    'base64url',
  )
  await assertNeverLookedUp(
    world,
    [...new Set([...texts, token, 'ada'])].map((text) => `${name}=${text}`),
  )
})

/** Every cookie of somebody who is logged in to an app of these options. */
async function cookiesOf(backend: Backend, options: Partial<SessionsOptions>): Promise<string[]> {
  const world = await startWorld({ adapter: 'web', backend, options })
  try {
    return [...(await busyIn(world)).cookies.values()]
  } finally {
    await world.close()
  }
}

async function busyIn(world: World): Promise<Jar> {
  const browser = world.browser()
  await post(browser, '/login')
  return withSeenCookie(world, browser)
}
