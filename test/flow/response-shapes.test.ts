/**
 * Express makes V8 give each request and response a shape of its own; behind the middleware those of a kind share one.
 */
import { once } from 'node:events'
import type { AddressInfo } from 'node:net'
import { setFlagsFromString } from 'node:v8'
import express, { type Request, type Response } from 'express'
import { expect, test } from 'vitest'
import { sessionMiddleware } from '../../src/adapter/express.ts'
import { serverSide } from '../support/held-worlds.ts'

/** What V8 itself says; the flag is for the parser, and is taken back at once. */
function shapeCheck(): (one: object, other: object) => boolean {
  setFlagsFromString('--allow-natives-syntax')
  const same = new Function('one', 'other', 'return %HaveSameMap(one, other)')
  // Compiled at its first call.
  same({}, {})
  setFlagsFromString('--no-allow-natives-syntax')
  return same as (one: object, other: object) => boolean
}

test('requests and responses of Express share a shape behind the middleware, and are what they were', async () => {
  const { sessions } = serverSide()
  const seen: [Request, Response][] = []
  const app = express()
  app.use(sessionMiddleware(sessions))
  // Both are looked at in the same place, before either of them goes on.
  app.get('/', (req, res) => {
    seen.push([req, res])
    if (seen.length === 2) for (const [, waiting] of seen) waiting.send('seen')
  })
  const server = app.listen(0, '127.0.0.1')
  await once(server, 'listening')
  const at = `http://127.0.0.1:${(server.address() as AddressInfo).port}/`
  const answers = Promise.all([fetch(at), fetch(at)])
  const texts = await answers.then((all) => Promise.all(all.map((answer) => answer.text())))
  server.close()

  const [[req, res] = [], [otherReq, otherRes] = []] = seen
  const haveSameShape = shapeCheck()
  expect(haveSameShape(req as object, otherReq as object), 'requests').toBe(true)
  expect(haveSameShape(res as object, otherRes as object), 'responses').toBe(true)
  expect([req?.res, res?.req, Object.keys(req as object).includes('res')]).toEqual([res, req, true])
  expect(texts).toEqual(['seen', 'seen'])
})
