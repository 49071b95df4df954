// invite: the paths, their methods, and the hooks that each call passes before it reaches a service. Read this first.
import { authenticate } from '@feathersjs/authentication'
import type { Application } from '../../declarations.js'
import { authenticateIfGood, authenticateIfSent } from '../../hooks/authenticate-if-sent.js'
import { notForGuests } from '../../hooks/not-for-guests.js'
import { validateData, validateQuery, noQuery } from '../../hooks/validate.js'
import { idempotent } from '../../hooks/idempotent.js'
import { showViews } from '../../hooks/show-views.js'
import { announcerOf } from './announce.js'
import { InviteService } from './invite.class.js'
import { inviteDocs } from './invite.docs.js'
import {
  acceptDocs,
  declineDocs,
  historyDocs,
  previewDocs,
  qrCodeDocs,
  requestDocs,
  resendDocs
} from './answer/answer.docs.js'
import {
  answers,
  answersAcceptance,
  filterQuery,
  inLanguageOfInvite,
  listQuery,
  newInvites,
  patchBody,
  selectQuery
} from './invite.hooks.js'
import { inviteEvents } from './invite.policy.js'
import { inviteView } from './invite.view.js'
import { publishInvites } from './publish.js'
import { acceptDataSchema, AcceptService } from './answer/accept.class.js'
import { declineDataSchema, DeclineService } from './answer/decline.class.js'
import { HistoryService } from './answer/history.class.js'
import { passcodeDataSchema } from './answer/passcode-params.js'
import { PreviewService } from './answer/preview.class.js'
import { QrCodeService } from './answer/qr-code.class.js'
import { RequestService } from './answer/request.class.js'
import { resendDataSchema, ResendService } from './answer/resend.class.js'
import { StatsService } from './stats/stats.class.js'
import { statsDocs } from './stats/stats.docs.js'
import { statsQuerySchema } from './stats/stats.schema.js'

export function invite(app: Application) {
  const db = app.get('db')
  const callers = app.get('callers')
  const tokens = app.get('tokens')
  const quotas = app.get('quotas')
  const outbox = app.get('outbox')
  const limits = app.get('config')
  const deliveryKey = tokens.keyFor('delivery')
  const announce = announcerOf(app)

  app.use('invite', new InviteService({ db, deliveryKey, limits, outbox, quotas, announce }), {
    methods: ['find', 'get', 'create', 'patch', 'remove'],
    onCollection: ['patch', 'remove'],
    docs: inviteDocs,
    // The class announces changed invites, each row once, and publish.ts sends each recipient their own view.
    events: [...inviteEvents],
    // Without this, Feathers would add `events` to its own list, and clients would receive each event twice.
    serviceEvents: [...inviteEvents]
  })
  app.service('invite').hooks({
    around: {
      all: [authenticate('jwt'), showViews(inviteView)],
      find: [listQuery],
      get: [selectQuery],
      create: [noQuery, newInvites, idempotent({ secrets: ['passcode', 'link'] })],
      patch: [filterQuery, patchBody],
      remove: [filterQuery]
    }
  })

  app.configure(publishInvites)

  app.use('invite/:inviteId/accept', new AcceptService({ db, callers, tokens, quotas, announce }), {
    methods: ['create'],
    access: { create: 'optional' },
    docs: acceptDocs,
    serviceEvents: []
  })
  app.service('invite/:inviteId/accept').hooks({
    // The answer is stored for the user who accepts again, and it is their view already.
    around: {
      create: [
        authenticateIfSent,
        noQuery,
        validateData(acceptDataSchema),
        answersAcceptance,
        idempotent({ secrets: ['accessToken'], holdersOf: 'passcode' })
      ]
    }
  })

  app.use('invite/:inviteId/decline', new DeclineService({ db, callers, quotas, announce }), {
    methods: ['create'],
    access: { create: 'optional' },
    docs: declineDocs,
    serviceEvents: []
  })
  app.service('invite/:inviteId/decline').hooks({
    around: {
      all: [authenticateIfSent, showViews(inviteView)],
      create: [noQuery, validateData(declineDataSchema), answers(200)]
    }
  })

  const { rateLimitFactor } = limits
  const resend = new ResendService({ db, deliveryKey, rateLimitFactor, outbox, announce })
  app.use('invite/:inviteId/resend', resend, { methods: ['create'], docs: resendDocs, serviceEvents: [] })
  app.service('invite/:inviteId/resend').hooks({
    around: {
      all: [authenticate('jwt'), showViews(inviteView)],
      create: [noQuery, validateData(resendDataSchema), answers(202), idempotent({ secrets: ['passcode', 'link'] })]
    }
  })

  app.use('invite/:inviteId/preview', new PreviewService({ db, quotas }), {
    methods: ['create'],
    access: { create: 'if-good' },
    docs: previewDocs,
    serviceEvents: []
  })
  app.service('invite/:inviteId/preview').hooks({
    around: {
      create: [authenticateIfGood, noQuery, validateData(passcodeDataSchema), answers(200), inLanguageOfInvite]
    }
  })

  app.use('invite/:inviteId/request', new RequestService({ db, quotas, announce }), {
    methods: ['create'],
    access: { create: 'if-good' },
    docs: requestDocs,
    serviceEvents: []
  })
  app.service('invite/:inviteId/request').hooks({
    around: { create: [authenticateIfGood, noQuery, validateData(passcodeDataSchema), answers(202)] }
  })

  app.use('invite/:inviteId/qr-code', new QrCodeService({ quotas, publicUrl: app.get('publicUrl') }), {
    methods: ['create'],
    docs: qrCodeDocs,
    serviceEvents: []
  })
  app.service('invite/:inviteId/qr-code').hooks({
    around: {
      all: [authenticate('jwt')],
      create: [noQuery, validateData(passcodeDataSchema), notForGuests, answers(200)]
    }
  })

  app.use('invite/:inviteId/history', new HistoryService({ db }), {
    methods: ['find'],
    docs: historyDocs,
    serviceEvents: []
  })
  app.service('invite/:inviteId/history').hooks({ around: { all: [authenticate('jwt')], find: [noQuery] } })

  app.use('invite-stats', new StatsService({ db }), { methods: ['find'], docs: statsDocs, serviceEvents: [] })
  app.service('invite-stats').hooks({
    around: { all: [authenticate('jwt')], find: [validateQuery(statsQuerySchema)] }
  })
}
