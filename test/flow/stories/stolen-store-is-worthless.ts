/**
 * Law 8: the store sees only a hash of the id, and with `sealAtRest` nothing of what is kept.
 *
 * @module
 */
import assert from 'node:assert/strict'
import { createHash } from 'node:crypto'
import { loggedIn, post, read } from '../../support/answers.ts'
import { atRest, everywhere, type Law, serverSide } from '../../support/laws.ts'

export const stolenStoreIsWorthless: Law = {
  number: 8,
  name: 'A stolen database is worthless',
  stories: [
    serverSide(
      'no token, no part of one and no cookie was ever told to the store or written to disk',
      async (world) => {
        const browser = await loggedIn(world)
        const cookies = [...browser.cookies.values()]
        for (const path of ['/set?key=theme', '/regenerate', '/flash', '/login?user=bob', '/regenerate']) {
          await post(browser, path)
          cookies.push(...browser.cookies.values())
        }
        world.clock.advance('10m')
        await read(browser, '/keys')
        const { publicId } = (await read(browser, '/facts')) as { publicId: string }
        await post(browser, '/logout')

        const seen = `${world.told.join('\n')}\n${await world.bytesKept()}`
        assert.ok(seen.includes(publicId), 'the search would find what is there')
        for (const cookie of cookies) for (const piece of piecesOf(cookie)) assert.equal(seen.includes(piece), false)
      },
    ),

    serverSide('what a store holds opens nothing when it is sent as a cookie', async (world) => {
      const browser = await loggedIn(world)
      const { publicId } = (await read(browser, '/facts')) as { publicId: string }
      const thief = world.browser()
      for (const stolen of [publicId, Buffer.from(publicId, 'base64url').toString('hex')]) {
        thief.cookies.set('session', stolen)
        assert.equal(await read(thief, '/me'), null)
      }
    }),

    atRest('sealed rows tell nothing of what is in them, on their way to the store or on disk', async (world) => {
      const firefox = 'Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0'
      const browser = await loggedIn(world)
      await post(browser, '/set?key=diagnosis&value=quinsy')
      await browser.post('/login', undefined, { 'user-agent': firefox })
      await post(browser, '/set?key=diagnosis&value=quinsy')
      await post(browser, '/flash?key=notice&value=appendix')
      await post(browser, '/regenerate')
      const { publicId } = (await read(browser, '/facts')) as { publicId: string }
      const seen = `${world.told.join('\n')}\n${await world.bytesKept()}`
      assert.ok(seen.includes(publicId), 'the search would find what is there')
      for (const word of ['diagnosis', 'quinsy', 'notice', 'appendix', 'Firefox', 'before', '"d":']) {
        for (const written of writingsOf(word)) assert.equal(seen.includes(written), false, word)
      }
      assert.equal(await read(browser, '/read?key=diagnosis'), 'quinsy')
      assert.deepEqual(
        (await world.sessions.list('ada')).map(({ label }) => label),
        ['Firefox on Linux'],
      )
    }),

    everywhere('events and public ids hold no cookie', async (world) => {
      const browser = await loggedIn(world)
      const cookies = [...browser.cookies.values()]
      const facts = JSON.stringify(await read(browser, '/facts'))
      await post(browser, '/regenerate')
      cookies.push(...browser.cookies.values())
      await post(browser, '/logout')
      const told = facts + JSON.stringify(world.events)
      for (const cookie of cookies) for (const piece of piecesOf(cookie)) assert.equal(told.includes(piece), false)
    }),
  ],
}

/**
 * A text in every way it might be written down; of base64, what does not depend on where it starts. Not its shorter pieces: four
 * characters are found in random text of some kilobytes once in a thousand runs.
 */
function writingsOf(word: string): string[] {
  const bytes = Buffer.from(word)
  const base64 = [0, 1, 2].map((skip) => {
    const aligned = bytes.subarray(skip, skip + Math.floor((bytes.length - skip) / 3) * 3)
    return aligned.toString('base64url')
  })
  return [word, bytes.toString('hex'), ...base64.filter((text) => text.length >= 8)]
}

/** A cookie in every way it might be written down: whole, its random bytes, and a plain hash of its text. */
function piecesOf(cookie: string): string[] {
  const bytes = Buffer.from(cookie, 'base64url')
  // Version, 32 random bytes, MAC: any half of the random bytes would be too much.
  const parts = [bytes.subarray(1, 17), bytes.subarray(17, 33), bytes.subarray(-16)]
  const written = parts.flatMap((part) => [
    part.toString('hex'),
    part.toString('latin1'),
    // Base64 text of a middle part depends on where it starts; three bytes in, all three ways agree on what follows.
    ...[0, 1, 2].map((skip) => part.subarray(skip, skip + 12).toString('base64url')),
  ])
  const hash = createHash('sha256').update(cookie).digest()
  return [cookie, hash.toString('hex'), hash.toString('base64url'), ...written]
}
