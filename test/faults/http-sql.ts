/**
 * A SQL server is killed with -9 behind an app that people are logged in to, and starts again on the same folder.
 *
 * In: the server, its store, and how much of everything. Out: what the app had said, and what became of it. Must not know a
 * test runner.
 *
 * @module
 */
import type { OwnerIndex, Store } from '../../src/store/store.ts'
import type { ServerProcess } from '../support/servers/server-process.ts'
import { startHttpApp } from './http-app.ts'
import { type HttpLoad, type HttpReport, underLoad } from './http-load.ts'

export interface ServerKilledOptions extends HttpLoad {
  readonly kills: number
}

export async function serverKilledBehindHttp(
  server: Pick<ServerProcess, 'kill' | 'start'>,
  store: Store & OwnerIndex,
  { kills, ...load }: ServerKilledOptions,
): Promise<HttpReport> {
  const app = await startHttpApp({ store, storeTimeout: '5s', onEvent: () => {} })
  try {
    return await underLoad(app, load, async ({ answers }) => {
      for (let kill = 0; kill < kills; kill++) {
        await answers(load.browsers * 10)
        await server.kill()
        await server.start()
      }
    })
  } finally {
    await app.close()
  }
}
