/**
 * A DynamoDB of this process alone, on a free port: dynalite, an imitation with conditional writes, without
 * transactions, without a time to live, and without saying what refused a write.
 *
 * In: nothing. Out: clients of it, until the test file ends. Must not know what is kept there.
 *
 * @module
 */
import { once } from 'node:events'
import type { Server } from 'node:http'
import { createRequire } from 'node:module'
import type { AddressInfo } from 'node:net'
import { DynamoDB, type DynamoDBClientConfig } from '@aws-sdk/client-dynamodb'
import { afterAll } from 'vitest'

/** It has no types of its own. */
const dynalite: (options: { createTableMs: number }) => Server = createRequire(import.meta.url)('dynalite')

export interface DynamodbServer {
  readonly endpoint: string
  /** A new client, which is destroyed after the test file. */
  connect(config?: DynamoDBClientConfig): DynamoDB
}

/** Starts a server; a new table of it is ready after `createTableMs` milliseconds. */
export async function startDynamodb(createTableMs = 0): Promise<DynamodbServer> {
  const server = dynalite({ createTableMs })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  const endpoint = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
  const clients: DynamoDB[] = []
  // Which versions of Node the SDK will support next year says nothing about a test.
  process.env.AWS_SDK_JS_NODE_VERSION_SUPPORT_WARNING_DISABLED = 'true'
  afterAll(async () => {
    for (const client of clients) client.destroy()
    server.closeAllConnections()
    await new Promise((resolve) => server.close(resolve))
  })
  return {
    endpoint,
    connect(config = {}) {
      const credentials = { accessKeyId: 'test', secretAccessKey: 'test' }
      const client = new DynamoDB({ endpoint, region: 'us-east-1', credentials, ...config })
      clients.push(client)
      return client
    },
  }
}
