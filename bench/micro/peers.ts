/**
 * The same operations of the peers, each by the way its documentation gives, with one secret and its fastest safe setting.
 *
 * @module
 */

import fastifySecureSession from '@fastify/secure-session'
import { Cookie } from '@remix-run/cookie'
import { createCookieSessionStorage } from '@remix-run/session/cookie-storage'
import { betterAuth } from 'better-auth'
import { memoryAdapter } from 'better-auth/adapters/memory'
import cookieSession from 'cookie-session'
import Fastify from 'fastify'
import { type H3Event, sealSession, unsealSession } from 'h3'
import { sealData, unsealData } from 'iron-session'
import { EncryptJWT, jwtDecrypt } from 'jose'
import { dataOf, SECRET } from '../lib/record.ts'
import { headersOf, type Prepare } from './sides.ts'

/** None of them keeps what it has opened, so a few cookies are as good as many. */
const COUNT = 100

async function made(make: () => Promise<string> | string): Promise<() => string> {
  const values: string[] = []
  for (let n = 0; n < COUNT; n++) values.push(await make())
  return headersOf(values)
}

function repeated(next: () => string, read: (value: string) => unknown) {
  return async (times: number) => {
    for (let i = 0; i < times; i++) if (!(await read(next().slice(8)))) throw new Error('It did not open')
  }
}

function repeatedWrite(write: () => unknown) {
  return async (times: number) => {
    for (let i = 0; i < times; i++) if (!(await write())) throw new Error('Nothing was sealed')
  }
}

async function secureSession() {
  const app = Fastify()
  await app.register(fastifySecureSession, { key: Buffer.from(SECRET), cookieName: 'session' })
  await app.ready()
  return app as unknown as {
    createSecureSession(data: object): object
    encodeSecureSession(session: object): string
    decodeSecureSession(cookie: string): { get(key: string): unknown } | null
  }
}

interface Cookies {
  readonly session: Record<string, unknown>
}

/** The middleware over the least of a request and a response that it asks for. */
function onStub(header: string): Promise<Cookies & { end(): string }> {
  const middleware = cookieSession({ name: 'session', keys: [SECRET] })
  const headers = new Map<string, unknown>()
  const request = { headers: { cookie: header }, connection: {}, protocol: 'http' }
  const response = {
    writeHead() {},
    getHeader: (name: string) => headers.get(name.toLowerCase()),
    setHeader: (name: string, value: unknown) => void headers.set(name.toLowerCase(), value),
  }
  return new Promise((resolve, reject) => {
    middleware(request as never, response as never, (error?: unknown) => {
      if (error) return reject(error)
      const end = () => {
        response.writeHead()
        return (
          (headers.get('set-cookie') as string[] | undefined)?.map((cookie) => cookie.split(';')[0]).join('; ') ?? ''
        )
      }
      resolve(Object.assign(request as unknown as Cookies, { end }))
    })
  })
}

const h3Config = { password: SECRET, name: 'session' }
const eventOf = (data: object) =>
  ({ context: { sessions: { session: { id: '1', createdAt: Date.now(), data } } } }) as unknown as H3Event

function remix() {
  const cookie = new Cookie('session', { secrets: [SECRET] })
  const storage = createCookieSessionStorage()
  return {
    async write(bytes: number) {
      const session = await storage.read(null)
      for (const [key, value] of Object.entries(dataOf(bytes))) session.set(key, value)
      const header = await cookie.serialize((await storage.save(session)) ?? '')
      return header.slice(8, header.indexOf(';'))
    },
    read: async (value: string) => (await storage.read(await cookie.parse(`session=${value}`))).get('name'),
  }
}

const joseKey = new TextEncoder().encode(SECRET)
const jwe = (bytes: number) =>
  new EncryptJWT({ d: dataOf(bytes) as unknown as Record<string, unknown> })
    .setProtectedHeader({ alg: 'dir', enc: 'A256GCM' })
    .setIssuedAt()
    .setExpirationTime('1d')
    .encrypt(joseKey)

async function betterAuthRead() {
  const auth = betterAuth({
    baseURL: 'http://localhost:3000',
    secret: SECRET,
    database: memoryAdapter({ user: [], session: [], account: [], verification: [] }),
    emailAndPassword: { enabled: true },
    session: { cookieCache: { enabled: true, maxAge: 3_600 } },
    rateLimit: { enabled: false },
    logger: { disabled: true },
    telemetry: { enabled: false },
  })
  const signedUp = await auth.api.signUpEmail({
    body: { name: 'Ada Lovelace', email: 'ada@example.com', password: 'correct horse battery staple' },
    asResponse: true,
  })
  const cookie = signedUp.headers
    .getSetCookie()
    .map((set) => set.split(';')[0])
    .join('; ')
  return async (times: number) => {
    for (let i = 0; i < times; i++) {
      const found = await auth.api.getSession({ headers: new Headers({ cookie }) })
      if (found?.user.name !== 'Ada Lovelace') throw new Error('It was not read')
    }
  }
}

export const peers: Readonly<Record<string, Prepare>> = {
  async 'secure-session/read'(bytes) {
    const app = await secureSession()
    const next = await made(() => app.encodeSecureSession(app.createSecureSession({ ...dataOf(bytes) })))
    return repeated(next, (value) => app.decodeSecureSession(value)?.get('name'))
  },
  async 'secure-session/write'(bytes) {
    const app = await secureSession()
    const session = app.createSecureSession({ ...dataOf(bytes) })
    return repeatedWrite(() => app.encodeSecureSession(session))
  },
  async 'cookie-session/read'(bytes) {
    const visit = await onStub('')
    Object.assign(visit.session, dataOf(bytes))
    const header = visit.end()
    return async (times) => {
      for (let i = 0; i < times; i++) if ((await onStub(header)).session.name === undefined) throw new Error('Not read')
    }
  },
  async 'cookie-session/write'(bytes) {
    const data = dataOf(bytes)
    return async (times) => {
      for (let i = 0; i < times; i++) {
        const visit = await onStub('')
        Object.assign(visit.session, data)
        if (visit.end() === '') throw new Error('Nothing was signed')
      }
    }
  },
  async 'iron-session/read'(bytes) {
    const next = await made(() => sealData(dataOf(bytes), { password: SECRET }))
    return repeated(next, async (value) => (await unsealData<{ name: string }>(value, { password: SECRET })).name)
  },
  'iron-session/write': (bytes) => repeatedWrite(() => sealData(dataOf(bytes), { password: SECRET })),
  async 'h3/read'(bytes) {
    const event = eventOf(dataOf(bytes))
    const next = await made(() => sealSession(event, h3Config))
    return repeated(next, async (value) => (await unsealSession(event, h3Config, value)).data)
  },
  'h3/write': (bytes) => repeatedWrite(() => sealSession(eventOf(dataOf(bytes)), h3Config)),
  async '@remix-run/read'(bytes) {
    const { read, write } = remix()
    return repeated(await made(() => write(bytes)), read)
  },
  '@remix-run/write': (bytes) => {
    const { write } = remix()
    return repeatedWrite(() => write(bytes))
  },
  async 'jose/read'(bytes) {
    return repeated(await made(() => jwe(bytes)), async (value) => (await jwtDecrypt(value, joseKey)).payload.d)
  },
  'jose/write': (bytes) => repeatedWrite(() => jwe(bytes)),
  'better-auth/read': betterAuthRead,
}
