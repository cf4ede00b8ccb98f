/** Peers that publish no types: the little that is used of them. */
declare module 'express-session' {
  import type { RequestHandler } from 'express'

  interface MemoryStore {
    set(id: string, session: object, done: (error?: unknown) => void): void
  }
  const session: { (options: object): RequestHandler; readonly MemoryStore: new () => MemoryStore }
  export = session
}

declare module 'cookie-session' {
  import type { RequestHandler } from 'express'

  const cookieSession: (options: { name: string; keys: readonly string[] }) => RequestHandler
  export = cookieSession
}

declare module 'connect-pg-simple' {
  const connectPgSimple: (session: unknown) => new (options: object) => object
  export = connectPgSimple
}
