"""Where our answers differ from the recorded ones, and why. A case that is not here must agree."""

from __future__ import annotations

#: What MLRun's Python API has and funcs' own has not: for MLRun's users it comes with funcs.mlrun.
OTHER_API = {
    "router/own-prefix/1": "set_topology(url_prefix=, health_prefix=)",
    "router/own-prefix/2": "set_topology(url_prefix=)",
    "router/protocol/1": "set_topology(protocol=)",
    "router/protocol/2": "set_topology(protocol=)",
    "router/custom-parse/1": "a router's parse_event",
    "router/custom-parse/2": "a router's parse_event",
    "router/custom-parse/3": "a router's parse_event",
    "router/custom-hooks/1": "a router's preprocess, postprocess and get_metadata",
    "router/custom-hooks/2": "a router's preprocess, postprocess and get_metadata",
    "router/class-object/1": "a router's preprocess, postprocess and get_metadata",
    "router/handler-route/1": "add_route with a plain function or step",
    "router/route-methods/1": "add_route(handler=)",
    "router/paths/1": "set_topology(input_path=, result_path=)",
    "router/paths/2": "set_topology(input_path=, result_path=)",
    "router/paths/4": "set_topology(result_path=)",
    "models/hooks/1": "postprocess gets the envelope; the body is not checked before preprocess",
    "models/pre-post/1": "postprocess gets the envelope; the body is not checked before preprocess",
    "models/pre-post/2": "postprocess gets the envelope; the body is not checked before preprocess",
    "models/wraps/1": "preprocess makes a request of any body",
    "models/wraps/3": "preprocess makes a request of any body",
    "models/no-check/1": "validate lets any body through",
    "models/no-check/2": "validate lets any body through",
    "models/protocol-v1/1": "add_model(protocol='v1') lets any body through",
    "models/protocol-v1/2": "add_model(protocol='v1') lets any body through",
    "models/protocol-v1-checked/1": "add_model(protocol='v1') lets any body through",
    "models/protocol-v1-checked/2": "add_model(protocol='v1') lets any body through",
    "models/protocol-v1-checked/3": "add_model(protocol='v1') lets any body through",
    "models/infer_dict/1": "get_model and the artifact's model_spec",
    "models/infer_dict/2": "get_model and the artifact's model_spec",
    "models/infer_dict/3": "get_model and the artifact's model_spec",
    "models/infer_dict/4": "get_model and the artifact's model_spec",
    "models/infer_dict/8": "get_model and the artifact's model_spec",
    "models/predict_dict/1": "get_model and the artifact's model_spec",
    "models/predict_dict/2": "get_model and the artifact's model_spec",
    "models/predict_dict/3": "get_model and the artifact's model_spec",
    "models/predict_dict/4": "get_model and the artifact's model_spec",
    "models/predict_dict/5": "get_model and the artifact's model_spec",
}

#: Recorded defects that we do not have, or a recording that others contradict: the statuses that
#: we answer instead, request by request.
BETTER = {
    "router/methods/1": [405] * 7,
    "router/body-operation-wins/1": [200, 400, 200, 200, 200],
    "router/path-header/1": [200, 400, 400],
    "router/path-header/2": [200, 400, 400],
    "models/bad-preprocess/1": [400],
    "models/explain-versioned/1": [200, 200, 200, 200],
    "models/load-failure-async/1": [503, 503, 200, 200, 200],
    "models/load-async/1": [503, 503, 503, 200, 200, 200, 200],
    "models/load-async/2": [200, 503, 503, 200, 200],
    "models/odd-outputs/1": [200],
    "models/odd-outputs/2": [200],
    "models/odd-outputs/4": [200],
    "models/odd-outputs/5": [200],
    "models/odd-outputs/10": [200],
    "models/odd-outputs/15": [200],
    # None is JSON null: MLRun's own recordings call its text "None" a defect elsewhere.
    "models/operations-paths/1": [200, 200, 200, 200],
}

#: Recorded as defects, and kept: unmarked recordings hold the same answer for the same fault, and
#: MLRun's clients tell these apart by the text.
KEPT_DEFECTS = {
    "router/unknown-model/1": "404 wanted; router/metadata/1 and nine others are 400",
    "router/unknown-operation/1": "404 wanted; router/ready/1, models/operations/* are 400",
    "router/unknown-operation/2": "404 wanted; router/ready/1, models/operations/* are 400",
    "models/failing/1": "500 wanted; models/wrong-types/2 and all of flow_* are 400",
    "models/failing/2": "500 wanted; models/wrong-types/2 and all of flow_* are 400",
    "models/failing/3": "500 wanted; models/wrong-types/2 and all of flow_* are 400",
    "models/failing/4": "500 wanted; models/wrong-types/2 and all of flow_* are 400",
    "models/failing/6": "500 wanted; models/wrong-types/2 and all of flow_* are 400",
    "models/no-explain/1": "404 or 501 wanted; models/pre-post/* and load-only/* are 400",
}
