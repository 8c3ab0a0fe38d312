"""What botocore and moto read and compute alike for every session and call, once per process: half of a test else."""

from collections import defaultdict
from functools import cache

from botocore import hooks, loaders, regions, useragent
from moto.core import models, responses
from moto.core import serialize as serializing
from moto.dynamodb.parsing import ast_nodes, expressions, validators
from moto.sqs import models as sqs_models

_READ = defaultdict(dict)


def read_once():
    """Share service models, event names and endpoint rules among all sessions, as the clients of one session do."""
    _share_models()
    _share_event_names()
    _share_endpoint_rules()
    useragent.sanitize_user_agent_string_component = cache(useragent.sanitize_user_agent_string_component)
    responses.method_names_from_class = cache(responses.method_names_from_class)
    for module in (responses, sqs_models):
        module.camelcase_to_underscores = cache(module.camelcase_to_underscores)
    _look_nodes_up_once()
    _parse_once()
    _count_clauses_once()
    _pass_plain_values()
    models.RESPONSES_METHODS = []  # moto would answer for the package "requests", too, which nothing here uses


def read_again():
    """Let the next session read its models from files."""
    _READ.clear()


def _look_nodes_up_once():
    """Which nodes of an update expression a traverser processes depends on its class, and not on the node at hand."""
    is_a = cache(issubclass)
    processed = {}

    def walk(self, node, child_id=-1):
        if not is_a(type(node), ast_nodes.Node):
            return node
        parent = node.parent
        for index, child in enumerate(node.children or ()):
            self.pre_processing_of_child(node, index)
            self.traverse_node_recursively(child, index)
        if type(self) not in processed:
            processed[type(self)] = self.nodes_to_be_processed()
        if is_a(type(node), processed[type(self)]):
            node = self.process(node)
            node.parent = parent
            if parent:
                parent.children[child_id] = node
        return node

    ast_nodes.DepthFirstTraverser.traverse_node_recursively = walk


def _parse_once():
    """Parse an update expression once: moto's validator works on a copy of what is parsed."""
    expressions.UpdateExpressionParser.make = staticmethod(cache(expressions.UpdateExpressionParser.make))


def _count_clauses_once():
    """The top of an update expression has all its clauses: those beneath it need not count theirs, too."""
    count = validators.ActionCountValidator.verify_action_counts

    def verify(self, node):
        return node if node.parent else count(self, node)

    validators.ActionCountValidator.verify_action_counts = verify


def _pass_plain_values():
    """A text or a number of an item is in DynamoDB's form already: none of its other members is there."""
    serialize = serializing.BaseJSONSerializer._serialize_type_structure

    def serialized(self, done, value, shape, key):
        if shape.name == "AttributeValue" and type(value) is dict and len(value) == 1:
            ((kind, plain),) = value.items()
            if kind in {"S", "N"} and type(plain) is str:
                done[self.get_serialized_name(shape, key)] = value
                return
        serialize(self, done, value, shape, key)

    serializing.BaseJSONSerializer._serialize_type_structure = serialized


def _share_models():
    made = loaders.Loader.__init__

    def init(loader, *positional, **named):
        made(loader, *positional, **named)
        # By class, too: moto's loader merges additions into what it reads.
        loader._cache = _READ[type(loader), tuple(loader.search_paths)]

    loaders.Loader.__init__ = init


def _share_event_names():
    made, names = hooks.EventAliaser.__init__, {}

    def init(aliaser, event_emitter, event_aliases=None):
        made(aliaser, event_emitter, event_aliases)
        # A client has a copy of its session's.
        if event_aliases is None or event_aliases == hooks.EVENT_ALIASES:
            aliaser._alias_name_cache = names

    hooks.EventAliaser.__init__ = init


def _share_endpoint_rules():
    made, providers = regions.EndpointProvider, {}

    def provider(ruleset_data, partition_data, excluded_params=None):
        key = id(ruleset_data), id(partition_data), frozenset(excluded_params or ())
        if key not in providers:
            # With what it is made of: an identity may be used again once its object is gone.
            providers[key] = made(ruleset_data, partition_data, excluded_params), ruleset_data, partition_data
        return providers[key][0]

    regions.EndpointProvider = provider
