// invite: the paths, their methods, and what each call passes before it reaches a verb. Read this first.
import { authenticate } from '@feathersjs/authentication'
import type { NextFunction } from '@feathersjs/feathers'
import type { Application, HookContext } from '../../declarations.js'
import { authenticateIfSent } from '../../hooks/authenticate-if-sent.js'
import { notForGuests } from '../../hooks/not-for-guests.js'
import { validateData, noQuery } from '../../hooks/validate.js'
import { idempotent } from '../../hooks/idempotent.js'
import { announcer } from './announce.js'
import { InviteService } from './invite.class.js'
import { inviteDocs } from './invite.docs.js'
import { acceptDocs, declineDocs, historyDocs, previewDocs, resendDocs } from './answer/answer.docs.js'
import { checkNewInvites } from './write/new-invite.js'
import { acceptDataSchema, AcceptService } from './answer/accept.class.js'
import { declineDataSchema, DeclineService } from './answer/decline.class.js'
import { HistoryService } from './answer/history.class.js'
import { previewDataSchema, PreviewService } from './answer/preview.class.js'
import { resendDataSchema, ResendService } from './answer/resend.class.js'

/** Answers with this status; set first, so that an idempotent replay repeats it. */
const answers = (status: number) => async (context: HookContext, next: NextFunction) => {
  context.http = { ...context.http, status }
  return next()
}

async function checkedInvites(context: HookContext, next: NextFunction) {
  checkNewInvites(context.data)
  return next()
}

/** Signed in 200; with a registration, which makes an account, 201. */
const answersAcceptance = async (context: HookContext, next: NextFunction) =>
  answers(context.params.caller ? 200 : 201)(context, next)

export function invite(app: Application) {
  const db = app.get('db')
  const callers = app.get('callers')
  const tokens = app.get('tokens')
  const quotas = app.get('quotas')
  const outbox = app.get('outbox')
  const limits = app.get('config')
  const deliveryKey = tokens.keyFor('delivery')
  const announce = announcer(app)

  app.use('invite', new InviteService({ db, deliveryKey, limits, outbox, announce }), {
    methods: ['find', 'get', 'create', 'patch', 'remove'],
    onCollection: ['patch'],
    docs: inviteDocs,
    // The class announces what changed, each row once, and realtime/ shows each recipient their own view.
    events: ['created', 'patched', 'removed'],
    // Feathers would add these to its own list, and everybody would hear everything twice.
    serviceEvents: ['created', 'patched', 'removed']
  })
  app.service('invite').hooks({
    around: {
      all: [authenticate('jwt')],
      // find and patch read their query themselves: see read-query.ts and filter.ts.
      create: [noQuery, checkedInvites, notForGuests, idempotent],
      remove: [noQuery]
    }
  })

  app.use('invite/:inviteId/accept', new AcceptService({ db, callers, tokens, quotas, announce }), {
    methods: ['create'],
    access: { create: 'optional' },
    docs: acceptDocs,
    serviceEvents: []
  })
  app.service('invite/:inviteId/accept').hooks({
    around: { create: [authenticateIfSent, noQuery, validateData(acceptDataSchema), answersAcceptance, idempotent] }
  })

  app.use('invite/:inviteId/decline', new DeclineService({ db, callers, quotas, announce }), {
    methods: ['create'],
    access: { create: 'optional' },
    docs: declineDocs,
    serviceEvents: []
  })
  app.service('invite/:inviteId/decline').hooks({
    around: { create: [authenticateIfSent, noQuery, validateData(declineDataSchema), answers(200)] }
  })

  const { rateLimitFactor } = limits
  const resend = new ResendService({ db, deliveryKey, rateLimitFactor, outbox, announce })
  app.use('invite/:inviteId/resend', resend, { methods: ['create'], docs: resendDocs, serviceEvents: [] })
  app.service('invite/:inviteId/resend').hooks({
    around: { create: [authenticate('jwt'), noQuery, validateData(resendDataSchema), answers(202), idempotent] }
  })

  app.use('invite/:inviteId/preview', new PreviewService({ db, quotas }), {
    methods: ['create'],
    access: { create: 'public' },
    docs: previewDocs,
    serviceEvents: []
  })
  app.service('invite/:inviteId/preview').hooks({
    around: { create: [noQuery, validateData(previewDataSchema), answers(200)] }
  })

  app.use('invite/:inviteId/history', new HistoryService({ db }), {
    methods: ['find'],
    docs: historyDocs,
    serviceEvents: []
  })
  app.service('invite/:inviteId/history').hooks({ around: { find: [authenticate('jwt'), noQuery] } })
}
