/**
 * Starts the lab: certificate, secret, database, ports, and then the app.
 *
 * In: the command line. Out: a running lab and a text that says where it is, or a message that says why not. Exit
 * codes: 0 ended, 1 could not start, 2 wrong arguments.
 */

import { mkdirSync } from 'node:fs'
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import { createServer as createSecureServer } from 'node:https'
import { join } from 'node:path'
import { SojournError } from 'sojourn'
import { httpsRequired } from 'sojourn/node'
import { createApp } from './app.ts'
import { HELP, readArguments, type Settings } from './args.ts'
import { ensureCertificate } from './certificate.ts'
import { type Database, openDatabase } from './database.ts'
import { greeting } from './greeting.ts'
import { close, listen } from './listen.ts'
import { secretFile } from './secret.ts'
import { createLabAuth, createLabSessions } from './sessions.ts'
import { StartError } from './start-error.ts'
import { createUsers } from './users.ts'

await main()

async function main(): Promise<void> {
  const asked = readArguments(process.argv.slice(2), process.env)
  if (asked.type === 'help') {
    process.stdout.write(HELP)
  } else if (asked.type === 'wrong') {
    process.stderr.write(`${asked.message}\nSee npm start -- --help\n`)
    process.exitCode = 2
  } else {
    await start(asked.settings).catch(explain)
  }
}

async function start(settings: Settings): Promise<void> {
  const { folder, mode, store } = settings
  prepareFolder(folder)
  const secret = secretFile(folder, process.env)
  if (secret !== null) process.env.SESSION_SECRET_FILE = secret
  const certificate = await ensureCertificate(folder, Date.now())
  const database = await openDatabase(join(folder, 'lab.db'))

  // The ports come first: with port 0 the origin is known only then.
  const server = createSecureServer({ key: certificate.key, cert: certificate.cert })
  const origin = `https://localhost:${await listen(server, settings.port, '--port')}`
  const redirector = createServer()
  const httpPort = await listen(redirector, settings.httpPort, '--http-port')

  const users = createUsers(database)
  const sessions = createLabSessions({ origin, mode, store, folder: join(folder, 'sessions'), database })
  redirector.on('request', httpsRequired(sessions, nothingHere))
  server.on('request', createApp({ origin, sessions, auth: createLabAuth(sessions, users), users, mode, store }))

  endOnSignal(() => Promise.all([close(server), close(redirector)]), database)
  console.log(greeting({ ...settings, origin, httpPort, authority: certificate.authority, isNew: certificate.isNew }))
}

/** Behind `httpsRequired`, and the app lives on https alone: no request comes here. */
function nothingHere(_req: IncomingMessage, res: ServerResponse): void {
  res.writeHead(404).end()
}

function prepareFolder(folder: string): void {
  try {
    mkdirSync(folder, { recursive: true, mode: 0o700 })
  } catch (error) {
    const reason = error instanceof Error ? error.message : error
    throw new StartError(`Cannot use the folder ${folder}: ${reason}. Choose another with --data`)
  }
}

function endOnSignal(closePorts: () => Promise<unknown>, database: Database): void {
  const end = async () => {
    console.log('\nThe lab ends. What was kept is still there at the next start.')
    await closePorts()
    database.close()
  }
  // Once each: whoever presses Ctrl-C again means it.
  process.once('SIGINT', end)
  process.once('SIGTERM', end)
}

/** What a person can act on is said in one line; for anything else the stack is the better help. */
function explain(error: unknown): void {
  console.error(error instanceof StartError || error instanceof SojournError ? error.message : error)
  process.exit(1)
}
