/**
 * The apps on node:http alone: sojourn, and the least that a hand could write.
 *
 * @module
 */
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import { withSession } from '../../../dist/adapter/node.js'
import { dataOf, greetingOf } from '../../lib/record.ts'
import { createSealedLimit, createStoredLimit } from '../../limit/sessions.ts'
import { type App, listening, NAME } from '../app.ts'
import { type StoreName, sessionsOver } from '../sojourn.ts'

const base: App = () => listening(createServer((_req, res) => void res.end(greetingOf(NAME))))

function sojourn(name: StoreName): App {
  return async (place) => {
    const sessions = await sessionsOver(name, place)
    return listening(
      createServer(
        withSession(sessions, (req, res, session) => {
          switch (req.url) {
            case '/begin':
              for (const [key, value] of Object.entries(dataOf(place.recordBytes))) session.set(key as 'name', value)
              return res.end('begun')
            case '/read':
              return res.end(greetingOf(session.get('name') ?? ''))
            case '/write':
              session.update('visits', (n = 0) => n + 1)
              return res.end(greetingOf(session.get('name') ?? ''))
            default:
              return res.end(greetingOf(NAME))
          }
        }),
      ),
    )
  }
}

/** What both limits answer with: the headers that law 11 asks of an answer that read a session. */
function limited(read: (cookie: string) => { name: string } | null, begin: (res: ServerResponse) => void): App {
  return () =>
    listening(
      createServer((req: IncomingMessage, res: ServerResponse) => {
        if (req.url === '/begin') {
          begin(res)
          return void res.end('begun')
        }
        const found = read(req.headers.cookie ?? '')
        res.setHeader('Vary', 'Cookie')
        res.setHeader('Cache-Control', 'private')
        res.end(greetingOf(found?.name ?? ''))
      }),
    )
}

const limitSealed: App = (place) => {
  const { open, seal } = createSealedLimit()
  return limited(
    (cookie) => open(cookie.slice(8)).d,
    (res) => void res.setHeader('Set-Cookie', `session=${seal({ v: 1, c: Date.now(), d: dataOf(place.recordBytes) })}`),
  )(place)
}

const limitStored: App = (place) => {
  const { find, keep } = createStoredLimit<{ name: string }>()
  return limited(
    (cookie) => find(cookie.slice(8)),
    (res) => void res.setHeader('Set-Cookie', `session=${keep(dataOf(place.recordBytes))}`),
  )(place)
}

export const apps: Readonly<Record<string, App>> = {
  'node/base': base,
  'node/limit-sealed': limitSealed,
  'node/limit-map': limitStored,
  'node/sojourn-sealed': sojourn('sealed'),
  'node/sojourn-memory': sojourn('memory'),
}
