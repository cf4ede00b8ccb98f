/** An attacker who chooses names that mean something to JavaScript: as keys, messages, users, and inside values. */
import assert from 'node:assert/strict'
import { afterEach, test } from 'vitest'
import { createSessions, type Json } from '../../src/index.ts'
import { bodyOf, loggedIn, post, read } from '../support/answers.ts'
import { ask, attack, EVERYWHERE, ROWS } from '../support/attack.ts'
import { schemaOf } from '../support/theme-schema.ts'
import { ORIGIN, SECRET } from '../support/world.ts'

const NAMES = [
  '__proto__',
  'constructor',
  'prototype',
  'toString',
  'hasOwnProperty',
  'valueOf',
  'toJSON',
  'then',
  '0',
  '',
]

const POLLUTING: readonly string[] = [
  '{"__proto__":{"polluted":true}}',
  '{"constructor":{"prototype":{"polluted":true}}}',
  '{"a":{"__proto__":{"polluted":true},"b":[{"__proto__":{"polluted":true}}]}}',
  '[{"__proto__":{"polluted":true}},{"__proto__":[]}]',
  '{"__proto__":null}',
  '{"__proto__":{"toString":"x","hasOwnProperty":1,"toJSON":true}}',
]

/** What everything in this process inherits from, as it was before. */
const INHERITED = [Object.prototype, Array.prototype, Function.prototype, String.prototype].map(
  (prototype) => [prototype, Reflect.ownKeys(prototype).length] as const,
)
afterEach(() => {
  for (const [prototype, keys] of INHERITED) assert.equal(Reflect.ownKeys(prototype).length, keys)
  assert.equal(Reflect.get({}, 'polluted'), undefined)
})

attack(
  'names of every object are keys like any other, and there only once they were set',
  EVERYWHERE,
  async (world) => {
    const browser = await loggedIn(world)
    for (const name of NAMES) assert.equal(await read(browser, `/read?key=${name}`), null, `"${name}" before`)
    for (const name of NAMES) await post(browser, `/set?key=${name}&value=own-${name}`)
    for (const name of NAMES) assert.equal(await read(browser, `/read?key=${name}`), `own-${name}`, `"${name}"`)
    assert.deepEqual(Object.keys((await read(browser, '/keys')) as object).sort(), [...NAMES].sort())
    for (const name of NAMES) await post(browser, `/delete?key=${name}`)
    assert.deepEqual(await read(browser, '/keys'), {})
    for (const name of NAMES) assert.equal(await read(browser, `/read?key=${name}`), null, `"${name}" after`)
  },
)

attack('an update under such a name begins from nothing, not from what objects inherit', EVERYWHERE, async (world) => {
  const browser = await loggedIn(world)
  for (const name of NAMES) {
    for (const count of [1, 2, 3])
      assert.equal(await bodyOf(await post(browser, `/add?key=${name}`)), count, `"${name}"`)
  }
})

attack('values with such names inside come back as they were, and change nothing else', EVERYWHERE, async (world) => {
  const browser = await loggedIn(world)
  for (const json of POLLUTING) {
    for (const key of ['value', '__proto__', 'constructor']) {
      await post(browser, `/set?key=${key}&json=${encodeURIComponent(json)}`)
      assert.equal(JSON.stringify(await read(browser, `/read?key=${key}`)), json, key)
    }
    assert.equal(await read(browser, '/read?key=polluted'), null)
    assert.equal(await read(browser, '/read?key=a'), null)
    assert.equal(await read(browser, '/me'), 'ada')
  }
})

attack('messages under such names are each seen once, by who asks for that name', EVERYWHERE, async (world) => {
  const browser = await loggedIn(world)
  for (const name of NAMES) {
    assert.deepEqual(await bodyOf(await post(browser, `/take?key=${name}`)), [], `"${name}" before`)
    await post(browser, `/flash?key=${name}&json=${encodeURIComponent('{"__proto__":{"polluted":true}}')}`)
  }
  for (const name of NAMES) {
    const [message, ...more] = (await bodyOf(await post(browser, `/take?key=${name}`))) as Json[]
    assert.deepEqual([JSON.stringify(message), more], ['{"__proto__":{"polluted":true}}', []], `"${name}"`)
  }
})

attack('a user whose id is such a name is that user, and nobody is by default', EVERYWHERE, async (world) => {
  const names = NAMES.filter((name) => name !== '')
  for (const name of names) world.users.set(name, { id: name })
  for (const name of names) {
    const browser = await loggedIn(world, encodeURIComponent(name))
    assert.equal(await read(browser, '/me'), name)
  }
  assert.deepEqual(await ask(world, '/me', ''), [200, null])
})

attack('the sessions of such a user are theirs alone, in lists and when all of them end', ROWS, async (world) => {
  const names = NAMES.filter((name) => name !== '')
  for (const name of names) world.users.set(name, { id: name })
  const ada = await loggedIn(world)
  for (const name of names) assert.deepEqual(await world.sessions.list(name), [], name)
  const browsers = await Promise.all(names.map((name) => loggedIn(world, name)))
  for (const [n, name] of names.entries()) {
    const browser = browsers[n]
    assert.ok(browser)
    assert.equal((await world.sessions.list(name)).length, 1, name)
    await world.sessions.revokeAll(name)
    assert.equal(await read(browser, '/me'), null, name)
  }
  assert.equal(await read(ada, '/me'), 'ada')
})

attack('cookies with such names are nobody’s', EVERYWHERE, async (world) => {
  const cookies = NAMES.map((name) => `${name}=polluted`).join('; ')
  assert.deepEqual(await ask(world, '/keys', cookies), [200, {}])
  const browser = await loggedIn(world)
  assert.deepEqual(
    await ask(world, '/me', `${cookies}; ${[...browser.cookies].map((pair) => pair.join('=')).join('; ')}`),
    [200, 'ada'],
  )
})

test('a schema that copies carelessly gives a handler nothing that was not set', async () => {
  const options = { origin: ORIGIN, secret: SECRET }
  // `Object.assign` to a new object is how many a schema copies, and makes a prototype of an own `__proto__`.
  const schema = schemaOf((data) => ({ value: Object.assign({}, data) }))
  const plain = createSessions<Record<string, Json>>(options)
  const careless = createSessions<Record<string, Json>>({ ...options, schema })
  const session = await plain.open({ method: 'POST', headers: {} })
  session.set('__proto__', { admin: true, polluted: true })
  session.set('name', 'mallory')
  const { setCookies } = await plain.commit(session)
  const cookie = setCookies.map((line) => line.slice(0, line.indexOf(';'))).join('; ')

  const seen = await careless.open({ method: 'POST', headers: { cookie } })
  assert.equal(seen.get('admin'), undefined)
  assert.equal(seen.has('admin'), false)
  assert.deepEqual(seen.keys(), ['name'])
  seen.update('admin', (admin) => admin === true)
  assert.equal(seen.get('admin'), false)
  assert.equal(
    JSON.stringify((await plain.peek({ cookie }))?.data),
    '{"__proto__":{"admin":true,"polluted":true},"name":"mallory"}',
  )
})
