// The operations on places: channels, locations and their instances, and who is in.
import type { TObject, TSchema } from '@sinclair/typebox'
import { channelUserQuerySchema, channelUserSchema } from './channel-user/channel-user.js'
import { channelSchema } from './channel/channel.js'
import { instanceDataSchema, instanceSchema } from './instance/instance.js'
import {
  locationAuthorizedUserQuerySchema,
  locationAuthorizedUserSchema
} from './location-authorized-user/location-authorized-user.js'
import { locationSchema } from './location/location.js'
import { pageSchema } from '../schema/paging.js'
import { placeDataSchema, roleDataSchema } from './channel/place.js'
import { named } from '../openapi/components.js'
import type { Operation } from '../openapi/operation.js'

const placeOperation = (service: 'channel' | 'location', schema: TSchema): Operation => ({
  service,
  method: 'create',
  operationId: service === 'channel' ? 'createChannel' : 'createLocation',
  summary: `Make a ${service}, and own it`,
  description: 'Not for guests.',
  body: named('PlaceData', placeDataSchema),
  answers: { 201: { description: `The ${service}.`, schema } },
  refusals: [403]
})

const memberOperations = (
  service: 'channel-user' | 'location-authorized-user',
  place: 'Channel' | 'Location',
  schema: TSchema,
  query: TObject
): Operation[] => [
  {
    service,
    method: 'find',
    operationId: `find${place}Members`,
    summary: `Who is in a ${place.toLowerCase()}: for those who are in`,
    query,
    answers: { 200: { description: 'A page.', schema: named(`${place}MemberPage`, pageSchema(schema)) } },
    refusals: [404]
  },
  {
    service,
    method: 'patch',
    operationId: `patch${place}Member`,
    summary: 'Make somebody a moderator, or take that back: the owner',
    body: named('RoleData', roleDataSchema),
    answers: { 200: { description: 'The member.', schema } },
    refusals: [403]
  }
]

export const placeOperations: Operation[] = [
  placeOperation('channel', channelSchema),
  ...memberOperations('channel-user', 'Channel', channelUserSchema, channelUserQuerySchema),
  placeOperation('location', locationSchema),
  ...memberOperations(
    'location-authorized-user',
    'Location',
    locationAuthorizedUserSchema,
    locationAuthorizedUserQuerySchema
  ),
  {
    service: 'instance',
    method: 'create',
    operationId: 'createInstance',
    summary: 'Start an instance of a location that one is authorised at',
    description: 'Not for guests.',
    body: named('InstanceData', instanceDataSchema),
    answers: { 201: { description: 'The instance.', schema: instanceSchema } },
    refusals: [403, 404]
  }
]
