import { feathers } from '@feathersjs/feathers'
import { koa, rest, bodyParser, errorHandler, parseAuthentication, cors } from '@feathersjs/koa'
import socketio from '@feathersjs/socketio'
import knexModule from 'knex'
import { authentication } from './authentication.js'
import type { Application } from './declarations.js'
import { channels as realTimeChannels } from './channels.js'
import { logError } from './log-error.js'
import { accept } from './services/accept.js'
import { invites } from './services/invites.js'
import { channels, userLogins, userRelationships, users } from './services/people.js'

const app: Application = koa(feathers())

app.use(cors())
app.use(errorHandler())
app.use(parseAuthentication())
app.use(bodyParser())
app.configure(rest())
app.configure(socketio({ cors: { origin: [] } }))
app.set('postgresqlClient', knexModule.knex({ client: 'pg', connection: process.env['DATABASE_URL'] ?? '' }))
app.configure(authentication)
app.configure(users)
app.configure(userLogins)
app.configure(channels)
app.configure(userRelationships)
app.configure(invites)
app.configure(accept)
app.configure(realTimeChannels)
app.hooks({ around: { all: [logError] } })

export { app }
