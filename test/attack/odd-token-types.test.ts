/**
 * A form token that is no text (OWASP ASVS 15.3.5): a body parser makes lists and objects of what a stranger sends, and JSON
 * may hold anything.
 */
import express from 'express'
import { expect, onTestFinished, test } from 'vitest'
import { sessionMiddleware } from '../../src/adapter/express.ts'
import { createSessions } from '../../src/index.ts'
import { serve } from '../support/mounts/node.ts'
import { ORIGIN, SECRET } from '../support/world.ts'

const ODD = ['["a","b"]', '{"length":67}', '{"toString":"x"}', 'null', 'true', '7', '[]', '{"__proto__":"x"}']

test('a form token that is a list or an object is refused, and never an error', async () => {
  const sessions = createSessions({ origin: ORIGIN, secret: SECRET, csrf: 'token' })
  const app = express()
  app.use(express.urlencoded({ extended: true }), express.json(), sessionMiddleware(sessions))
  app.use((_req, res) => void res.send('changed'))
  const { send, close } = await serve(app)
  onTestFinished(close)
  async function post(type: string, body: string): Promise<number> {
    const headers = { origin: ORIGIN, 'content-type': type }
    return (await send(new Request(`${ORIGIN}/`, { method: 'POST', headers, body }))).status
  }
  for (const value of ODD) expect(await post('application/json', `{"csrf_token":${value}}`)).toBe(403)
  for (const body of ['csrf_token=a&csrf_token=b', 'csrf_token[a]=b', 'csrf_token[]=a', 'csrf_token[toString]=x']) {
    expect(await post('application/x-www-form-urlencoded', body)).toBe(403)
  }
})
