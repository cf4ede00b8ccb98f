/**
 * Express makes V8 give each request and response a shape of its own; behind the middleware those of a kind share one.
 */
import { setFlagsFromString } from 'node:v8'
import express, { type Request, type Response } from 'express'
import { expect, test } from 'vitest'
import { sessionMiddleware } from '../../src/adapter/express.ts'
import { shareShapes } from '../../src/adapter/shared/shared-shapes.ts'
import { serverSide } from '../support/held-worlds.ts'
import { useWire } from '../support/use-wire.ts'

const serve = useWire()

/** What V8 itself says; the flag is for the parser, and is taken back at once. */
function shapeCheck(): (one: object, other: object) => boolean {
  setFlagsFromString('--allow-natives-syntax')
  const same = new Function('one', 'other', 'return %HaveSameMap(one, other)')
  // Compiled at its first call.
  same({}, {})
  setFlagsFromString('--no-allow-natives-syntax')
  return same as (one: object, other: object) => boolean
}

/** How many requests wait for each other. V8 may forget the shared shape when it collects, and then begins another. */
const MANY = 12

test('requests and responses of Express share a shape behind the middleware, and are what they were', async () => {
  const { sessions } = serverSide()
  const seen: [Request, Response][] = []
  const app = express()
  app.use(sessionMiddleware(sessions))
  // All are looked at in the same place, before any of them goes on.
  app.get('/', (req, res) => {
    seen.push([req, res])
    if (seen.length === MANY) for (const [, waiting] of seen) waiting.send('seen')
  })
  const at = await serve('HTTP/1.1', app)
  const answers = await Promise.all(Array.from({ length: MANY }, () => at.send()))

  const haveSameShape = shapeCheck()
  const shapesOf = (objects: readonly object[]) =>
    objects.filter((one, at) => !objects.slice(0, at).some((other) => haveSameShape(one, other))).length
  // Without the middleware as many as there are objects.
  expect(shapesOf(seen.map(([req]) => req))).toBeLessThanOrEqual(MANY / 4)
  expect(shapesOf(seen.map(([, res]) => res))).toBeLessThanOrEqual(MANY / 4)
  for (const [req, res] of seen) expect([req.res, res.req, Object.keys(req).includes('res')]).toEqual([res, req, true])
  expect(answers.map(({ body }) => body)).toEqual(new Array(MANY).fill('seen'))
})

test('objects that would not take back what was taken out, and those not of Express, stay as they are', () => {
  const tied = () => {
    const [req, res]: Record<string, unknown>[] = [
      { res: null, url: '/' },
      { req: null, statusCode: 200 },
    ]
    return { req: Object.assign(req as object, { res }), res: Object.assign(res as object, { req }) }
  }
  const closed = tied()
  Object.preventExtensions(closed.req)
  const untied = { req: { res: null, url: '/' }, res: { req: null, statusCode: 200 } }
  for (const { req, res } of [closed, untied]) {
    shareShapes(req, res)
    expect([Object.keys(req), Object.keys(res)]).toEqual([
      ['res', 'url'],
      ['req', 'statusCode'],
    ])
  }
  expect(closed.req.res).toBe(closed.res)
})
