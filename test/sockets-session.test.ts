// A socket over time: its login form, the end of its token, and a service that could not take a sign-in.
import { afterAll, describe, expect, it } from 'vitest'
import { clientOf, kinds, listener, signInOf } from './support/clients.js'
import { sleep, until } from './support/patience.js'
import { person, signIn } from './support/people.js'
import { useServer } from './support/server.js'

const lifetimeSeconds = 6
const server = await useServer({ authentication: { lifetimeSeconds } })
const closing: (() => void)[] = []
afterAll(() => {
  for (const close of closing) close()
})

describe.each(kinds)('%s', (kind) => {
  it('signs in on its open socket after twelve seconds at the login form', async () => {
    const ada = await person(server, 'Ada')
    const { client, socket, heard, close } = clientOf(server.url, kind)
    closing.push(close)
    await until(() => socket.connected, 'the connect')
    const { id } = socket
    await sleep(12_000)
    await client.authenticate(signInOf(ada))
    expect(socket.id).toBe(id)
    const invite = await (await signIn(server, ada.email, ada.password)).inviteAddress()
    await until(() => heard.some((one) => one.id === invite.id), 'the event')
  })

  it('hears when its token has ended; then calls are 401, events stop, and a new sign-in works on the same socket', async () => {
    const ada = await person(server, 'Ada')
    const { client, socket, heard, stale, close } = await listener(server.url, ada, kind)
    closing.push(close)
    const { id } = socket
    await until(() => stale() === 1, 'the end of the token')
    const refused = await client
      .service('invite')
      .find()
      .then(
        () => 'found',
        (error: unknown) => error
      )
    expect(refused).toMatchObject({ code: 401, data: { reason: 'bad-token' } })
    await client.authenticate(signInOf(ada))
    expect(socket.id).toBe(id)
    expect(await client.service('user').get(ada.id)).toMatchObject({ id: ada.id })
    const bob = await person(server, 'Bob')
    const invite = await bob.inviteToChannel(ada)
    await until(() => heard.some((one) => one.id === invite.id), 'the event')
  })
})

it('nobody hears events between the end of their token and their next sign-in', async () => {
  const ada = await person(server, 'Ada')
  const { client, heard, stale, close } = await listener(server.url, ada, 'createClient()')
  closing.push(close)
  await until(() => stale() === 1, 'the end of the token')
  const bob = await person(server, 'Bob')
  await bob.inviteToChannel(ada)
  await client.authenticate(signInOf(ada))
  const { id } = await bob.inviteToChannel(ada)
  await until(() => heard.length > 0, 'an event')
  expect(heard.map((invite) => invite.id)).toEqual([id])
})

it('createClient() signs in again after a sign-in that the service could not take, and repeats a call', async () => {
  const ada = await person(server, 'Ada')
  const { client, socket, close } = await listener(server.url, ada, 'createClient()')
  closing.push(close)
  const callers = server.app.get('callers')
  const byToken = callers.byToken.bind(callers)
  let failures = 0
  callers.byToken = () => {
    failures += 1
    callers.byToken = byToken
    return Promise.reject(new Error('not just now'))
  }
  const back = new Promise<void>((resolve) => socket.once('connect', () => resolve()))
  socket.io.engine.close()
  await back
  expect(await client.service('user').get(ada.id)).toMatchObject({ id: ada.id })
  expect(failures).toBe(1)
})

it('createClient() repeats a call once after a sign-in, when its socket is not signed in any more', async () => {
  const ada = await person(server, 'Ada')
  const { client, close } = await listener(server.url, ada, 'createClient()')
  closing.push(close)
  for (const connection of server.app.channel(`user/${ada.id}`).connections) delete connection['authentication']
  expect(await client.service('user').get(ada.id)).toMatchObject({ id: ada.id })
})
