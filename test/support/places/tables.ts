/**
 * Places that are a table of their own each, on one server.
 *
 * In: how to connect, and what is done with a table. Out: places. Must not know the server.
 *
 * @module
 */
import type { OwnerIndex, Store } from '../../../src/store/store.ts'
import { lasting, type OpenPlace, worldName } from './place.ts'

export interface TableServer<Client> {
  connect(): Promise<Client>
  store(client: Client, table: string): Store & OwnerIndex
  /** Every row as the server has it, of the table and of what belongs to it. */
  rowsOf(client: Client, table: string): Promise<string>
  drop(client: Client, table: string): Promise<unknown>
  expire?(client: Client, table: string, now: number): Promise<void>
}

export function tablePlaces<Client>(server: TableServer<Client>): OpenPlace {
  const client = lasting(() => server.connect())
  return () => {
    const table = worldName()
    const { expire } = server
    let processes = 0
    return {
      connect: async () => server.store(await client(processes++), table),
      bytesKept: async () => server.rowsOf(await client(0), table),
      ...(expire && { expire: async (now: number) => expire(await client(0), table, now) }),
      async close() {
        await server.drop(await client(0), table)
      },
    }
  }
}
