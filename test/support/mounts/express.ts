/**
 * The story app behind `sojourn/express`, on a real server.
 *
 * @module
 */
import express from 'express'
import { freshLoginRequired, loginRequired, permit, sessionMiddleware } from '../../../src/adapter/express.ts'
import { ADMIN, FRESH, FRESH_WITHIN, GUARDED, isAdmin, type StoryApp } from '../story-app.ts'
import type { Mounted } from './mount.ts'
import { sendAnswer, serve } from './node.ts'

export async function mountExpress(app: StoryApp): Promise<Mounted> {
  const host = express()
  host.use(sessionMiddleware(app.sessions))
  host.use(GUARDED, loginRequired(app.auth))
  host.use(FRESH, freshLoginRequired(app.auth, { within: FRESH_WITHIN }))
  host.use(ADMIN, permit(app.auth, isAdmin))
  host.use(async (req, res) => {
    const answer = await app.run(req.originalUrl, req)
    if (answer.early) {
      sendAnswer(res, answer)
      return
    }
    res.status(answer.status)
    for (const [name, value] of answer.headers) res.append(name, value)
    res.send(answer.body)
  })
  return serve(host)
}
